import type * as secrets from "../../component/interfaces/connectors-stripe-secrets.js";

/** The secret `stripe-api-key` is `STRIPE_API_KEY`. Read for each call, so a rotated key is used at once. */
export const get: typeof secrets.get = ({ name }) => {
  const secret = process.env[name.toUpperCase().replaceAll("-", "_")];
  if (!secret) {
    const payload: secrets.SecretError = { tag: "not-found" };
    throw Object.assign(new Error(`there is no secret ${name}`), { payload });
  }
  return new TextEncoder().encode(secret);
};
