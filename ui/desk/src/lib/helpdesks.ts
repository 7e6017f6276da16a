// What each kind of helpdesk is asked for, and how its webhook is set up there.
import type { HelpdeskKind } from "../generated";
import scrip from "./request-tracker.pl?raw";

export interface Kind {
  name: string;
  /** The desk asks it for its news; otherwise it only sends webhooks. */
  asked: boolean;
  address: string;
  /** What the account is for, where there is one. */
  account: string | null;
  token: string;
  scope: string | null;
  /** The helpdesk makes the webhook's secret, and it is pasted here. */
  givesSecret: boolean;
  hook: string;
  /** What is pasted there instead of address and secret, with both in it, and what it is called. */
  script?: { name: string; with: (address: string, secret: string) => string };
}

export const KINDS: Record<HelpdeskKind, Kind> = {
  zendesk: {
    name: "Zendesk",
    asked: true,
    address: "https://company.zendesk.com",
    account: "E-mail address of the API token’s account. Leave it empty for an OAuth token.",
    token: "An API token from Admin Center › Apps and integrations › APIs.",
    scope: null,
    givesSecret: true,
    hook:
      "In Admin Center › Apps and integrations › Webhooks, create a webhook that sends POST and JSON to this address, and a trigger on status changes whose body is " +
      '{"ticket_id": "{{ticket.id}}", "status": "{{ticket.status}}", "tags": "{{ticket.tags}}"}. Then reveal its signing secret and paste it here.',
  },
  freshdesk: {
    name: "Freshdesk",
    asked: true,
    address: "https://company.freshdesk.com",
    account: null,
    token:
      "The API key from your profile settings. A ticket that is merged away is told from a closed one by the English note " +
      "that the merge leaves in it: where that is edited, removed or translated, it counts as closed. Statuses of your own mean nothing here.",
    scope: null,
    givesSecret: false,
    hook:
      "In Admin › Automations › Ticket updates, add a rule on status changes with the action Trigger webhook: POST, this address, JSON, simple content with Ticket ID and Status, and a custom header x-cloakroom-secret with this secret. " +
      "The relay sees that header, so such a message never ends anything by itself: Freshdesk is asked first.",
  },
  jira: {
    name: "Jira Service Management",
    asked: true,
    address: "https://company.atlassian.net",
    account: "E-mail address of the API token’s account. Leave it empty for a Data Center access token.",
    token: "An API token of an account that sees the projects.",
    scope: "Project keys, with commas between. Empty: all that the account sees.",
    givesSecret: false,
    hook: "In Settings › System › WebHooks, create a webhook with this address and this secret, for the events Issue created, updated and deleted.",
  },
  "request-tracker": {
    name: "Request Tracker",
    asked: true,
    address: "https://help.example.com/rt",
    account: null,
    token: "An authentication token from Settings › Auth Tokens.",
    scope: "Queues, with commas between. Empty: all that the account sees.",
    givesSecret: false,
    hook:
      "A webhook is not needed: Request Tracker is asked every minute. If you want one, whoever runs it adds a scrip in Admin › Scrips: condition On Status Change, action User Defined, template Blank, “return 1;” as the custom action preparation code, and what “Copy the scrip” gives as the custom action commit code. " +
      "The scrip signs what it says with the secret that stands in it, so let nobody else read it; the button is here as long as the secret is shown.",
    script: { name: "scrip", with: (address, secret) => scrip.replace("@ADDRESS@", () => address).replace("@SECRET@", () => secret) },
  },
  intercom: {
    name: "Intercom",
    asked: false,
    address: "",
    account: null,
    token: "",
    scope: null,
    givesSecret: true,
    hook: "In the Developer Hub, open your app › Webhooks, enter this address and choose the topics of closed, opened and replied conversations and tickets. Then paste the app’s client secret here.",
  },
  webhook: {
    name: "Another helpdesk, by webhook",
    asked: false,
    address: "",
    account: null,
    token: "",
    scope: null,
    givesSecret: false,
    hook:
      'Post {"ticket": "4821", "state": "closed"} (or open, solved) to this address, with the header x-cloakroom-timestamp (UTC seconds) and x-cloakroom-signature: v1= and the hexadecimal HMAC-SHA-256, keyed with this secret, over cloakroom/v1/hook, a zero byte, the timestamp, a full stop and the body.',
  },
};
