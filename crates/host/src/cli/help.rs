//! What `--help` says after the options.

pub const EXAMPLES: &str = "\
Examples:
  stripe-connector demo
  stripe-connector list Customer --filter \"Email = 'jenny@example.com'\" --columns Id,Name,Created
  stripe-connector create PaymentIntent '{\"PaymentMethod\": \"pm_card_visa\", \"Currency\": \"usd\", \"Amount\": 1500}'
  stripe-connector run ConfirmPaymentIntent @confirm.json --json
  stripe-connector delete Product --where \"Active = FALSE\" --dry-run

  stripe-connector check --connection connection.toml --secrets dir:/run/secrets

The API key is taken from STRIPE_API_KEY, or from where --secrets says. Without a key and without --api-base the embedded
sandbox answers. Options win over the environment (STRIPE_CONNECTOR_ACCOUNT_ID=acct_1, and so for every setting), and that
over the file.
Exit code: 0 done, 1 the connector failed, 2 wrong usage, 130 ended by Ctrl-C, 143 by SIGTERM, 129 by SIGHUP. A command that was ended
says what it left open, and which --idempotency-key finishes it without doing anything twice.";

pub const SERVE: &str = "\
Examples:
  stripe-connector serve
  SERVICE_TOKEN=... stripe-connector serve --listen 0.0.0.0:8080 --metrics 127.0.0.1:9464 --connection connection.toml

  curl http://127.0.0.1:8080/v2/projects/p/locations/l/connections/stripe/entityTypes/Customer/entities

Callers show the bearer token that the secret `service-token` holds (of the environment: SERVICE_TOKEN), or the one that
`service_token_secret` names. On a loopback address nobody need show one, unless that setting says so.";

pub const CHECK: &str = "\
Example:
  stripe-connector check --connection connection.toml";

pub const ENTITIES: &str = "\
Examples:
  stripe-connector entities
  stripe-connector entities Customer";

pub const ACTIONS: &str = "\
Examples:
  stripe-connector actions
  stripe-connector actions ConfirmPaymentIntent";

pub const LIST: &str = "\
Examples:
  stripe-connector list Customer --filter \"Email LIKE '%@example.com'\" --columns Id,Name,Created
  stripe-connector list Invoice --sort Total:desc --page-size 5
  stripe-connector list Charge --all --json > charges.json";

pub const GET: &str = "\
Examples:
  stripe-connector get Customer cus_1
  stripe-connector get PaymentIntent pi_1 --expand latest_charge --json";

pub const CREATE: &str = "\
Examples:
  stripe-connector create Customer '{\"Name\": \"Jenny\", \"Email\": \"jenny@example.com\"}'
  stripe-connector create Product @product.json --row";

pub const UPDATE: &str = "\
Examples:
  stripe-connector update Customer cus_1 '{\"Name\": \"John\"}'
  stripe-connector update Customer --where \"Email = 'jenny@example.com'\" '{\"Phone\": null}' --dry-run";

pub const DELETE: &str = "\
Examples:
  stripe-connector delete Customer cus_1
  stripe-connector delete Product --where \"Active = FALSE\" --dry-run";

pub const RUN: &str = "\
Examples:
  stripe-connector run FinalizeInvoice '{\"InvoiceId\": \"in_1\"}'
  stripe-connector run ConfirmPaymentIntent @confirm.json --json";

pub const FAULTS: &str = "\
Rules of --faults, one to a line or separated by `;`. The first that a request fulfils applies.
  METHOD PATH [CONDITION]... FAULT...      METHOD may be *, a * in PATH stands for anything
  seed=7                                   the same chances in every run
  # a comment                              values with spaces or `;` stand in quotes: body=\"so; so\"

Conditions
  20%                          so many of the requests
  when-header=NAME:VALUE       requests with this header; * stands for anything
  skip=N  times=N              not the first N; N times, then no more

In Stripe's place (the request is not carried out)
  status=N                     this status with Stripe's error; with body=TEXT, and stored (kept for the
                               idempotency key)
  rate-limited=REASON          429; global-rate, endpoint-rate, global-concurrency, endpoint-concurrency
                               or resource-specific
  reset=before  close=before   a reset, or an empty reply

After the request was carried out
  reset=after  close=after     the answer is dropped: a reset, or an empty reply
  reset=during                 a reset after the head and half of the body
  cut=SIZE                     an end after so much of the body
  length=+N  length=-N         a Content-Length that is off by N
  html  huge=SIZE              a web page, or an object of this size, as the body
  trickle=SIZE/TIME            the body in pieces, with waits between them

With either
  header=NAME:VALUE            a header of the answer; several may stand
  delay-request=TIME           a wait before the request's body is read
  delay-answer=TIME            a wait before the answer
  delay-body=TIME              a wait between the answer's head and its body

TIME is 500ms or 2s, SIZE is 100, 64KiB or 200MiB.
  stripe-connector sandbox --faults 'POST /v1/payment_intents* 20% status=503; POST * times=1 reset=after'";

pub const COMPLETIONS: &str = "\
Install it once, and again after an update of the command:
  bash        stripe-connector completions bash > ~/.local/share/bash-completion/completions/stripe-connector
  zsh         stripe-connector completions zsh > ~/.zfunc/_stripe-connector
              with `fpath+=~/.zfunc` before `autoload -Uz compinit && compinit` in ~/.zshrc
  fish        stripe-connector completions fish > ~/.config/fish/completions/stripe-connector.fish
  elvish      stripe-connector completions elvish >> ~/.config/elvish/rc.elv
  powershell  stripe-connector completions powershell >> $PROFILE";
