// The sealing worker, made under Trusted Types: exactly this script, nothing else.
import { Sealer } from "@cloakroom/shared/sealer";
import url from "@cloakroom/shared/sealer.worker?worker&url";

interface Policies {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): URL };
}

/** The one sealer of this page; its worker is loaded for the first thing that is sealed. */
export const sealer = new Sealer(() => new Worker(trusted(), { type: "module" }));

function trusted(): URL | string {
  const types = (globalThis as { trustedTypes?: Policies }).trustedTypes;
  if (!types) return url;
  const policy = types.createPolicy("cloakroom-worker", {
    createScriptURL(asked) {
      if (asked !== url) throw new TypeError("not our worker");
      return asked;
    },
  });
  return policy.createScriptURL(url);
}
