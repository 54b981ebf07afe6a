import type * as settings from "../../component/interfaces/connectors-stripe-settings.js";

const PREFIX = "STRIPE_CONNECTOR_";

/** `STRIPE_CONNECTOR_API_BASE` is the setting `api_base`. An empty variable says nothing. */
export const all: typeof settings.all = () =>
  Object.entries(process.env).flatMap(([name, value = ""]): [string, string][] =>
    name.startsWith(PREFIX) && value ? [[name.slice(PREFIX.length).toLowerCase(), value]] : [],
  );
