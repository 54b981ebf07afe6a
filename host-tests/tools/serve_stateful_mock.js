// Serves stripe-stateful-mock on a free port of loopback, prints the port, and ends when standard input does.
const http = require("http");
const { createExpressApp } = require("stripe-stateful-mock");

const server = http.createServer(createExpressApp());
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
