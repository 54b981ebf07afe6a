// Stripe's Node SDK, as it is by default. Its argument is a task, which ../src/work.rs describes.

const assert = require("node:assert");
const { readFileSync } = require("node:fs");
const Stripe = require("stripe");

const task = JSON.parse(process.argv[2]);
const { hostname, port, protocol } = new URL(task.url);
const stripe = new Stripe(task.key, { host: hostname, port, protocol: protocol.replace(":", "") });

const works = {
  async retrieve() {
    assert.equal((await stripe.customers.retrieve("cus_00000000000000")).object, "customer");
  },
  async create() {
    const fields = { name: "Jenny Rosen", email: "jenny@example.com", metadata: { plan: "gold" } };
    assert.equal((await stripe.customers.create(fields)).object, "customer");
  },
  async list() {
    let count = 0;
    for await (const _ of stripe.customers.list({ limit: 100 })) count += 1;
    assert.equal(count, task.objects);
  },
  async filter() {
    const found = [];
    for await (const customer of stripe.customers.list({ limit: 100 })) {
      if (customer.metadata.plan === "gold" && customer.name.startsWith("Jenny")) found.push(customer);
    }
    assert.equal(found.length, task.found);
  },
};

async function calls(callers, seconds) {
  const end = performance.now() + seconds * 1e3;
  const caller = async () => {
    const times = [];
    for (;;) {
      const begun = performance.now();
      await works[task.work]();
      const ended = performance.now();
      times.push(ended - begun);
      if (ended >= end) return times;
    }
  };
  return (await Promise.all(Array.from({ length: callers }, caller))).flat();
}

async function main() {
  await calls(task.warm_up_callers, task.warm_up_seconds);

  const [cpu, begun] = [process.cpuUsage(), performance.now()];
  const times = (await calls(task.callers, task.seconds)).sort((one, other) => one - other);
  const [used, seconds] = [process.cpuUsage(cpu), (performance.now() - begun) / 1e3];
  const at = (percent) => times[Math.floor(((times.length - 1) * percent) / 100)];
  const measured = {
    calls: times.length,
    seconds,
    cpu_seconds: (used.user + used.system) / 1e6,
    p50_ms: at(50),
    p99_ms: at(99),
    peak_kb: Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))[1]),
  };
  console.log(JSON.stringify(measured));
}

main();
