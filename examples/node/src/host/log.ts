import type * as log from "../../component/interfaces/connectors-stripe-log.js";

export const enabled: typeof log.enabled = (level) => level === "error" || level === "warning";

/** One line on standard error. Values are quoted, so that none looks like another line. */
export const write: typeof log.write = (level, message, fields) => {
  const told = fields.map(([name, value]) => ` ${name}=${JSON.stringify(value)}`).join("");
  console.error(`${level} ${message}${told}`);
};
