// A first connection with angular-oauth2-oidc, without a component around it. Bundled for the browser.
import "@angular/compiler";
import { provideHttpClient } from "@angular/common/http";
import { provideZonelessChangeDetection } from "@angular/core";
import { createApplication } from "@angular/platform-browser";
import { OAuthService, provideOAuthClient } from "angular-oauth2-oidc";

const { issuer, clientId } = window.settings;
const here = `${location.origin}/`;

if (window.opener && new URLSearchParams(location.search).has("state")) {
  // In the window: the answer goes to who opened it, which closes it.
  window.opener.postMessage(`#${location.search.slice(1)}`, location.origin);
} else {
  await start();
}

async function start() {
  const { injector } = await createApplication({
    providers: [provideZonelessChangeDetection(), provideHttpClient(), provideOAuthClient()],
  });
  const service = injector.get(OAuthService);
  service.configure({
    issuer,
    clientId,
    redirectUri: here,
    postLogoutRedirectUri: here,
    responseType: "code",
    scope: "openid profile email establishment offline_access",
  });
  await service.loadDiscoveryDocument();
  const show = (what, value) => {
    document.querySelector("#result").textContent = `${what}: ${JSON.stringify(value)}`;
  };
  const acts = {
    popup: async () => {
      await service.initLoginFlowInPopup();
      return (await service.loadUserProfile()).info;
    },
    refresh: async () => {
      const before = service.getRefreshToken();
      await service.refreshToken();
      const { info } = await service.loadUserProfile();
      return { ...info, rotated: service.getRefreshToken() !== before };
    },
    revoke: () => service.revokeTokenAndLogout(),
  };
  for (const [name, act] of Object.entries(acts)) {
    document.querySelector(`#${name}`).onclick = () =>
      act().then(
        (value) => show(name, value ?? "done"),
        (error) => show(name, `failed: ${error?.message ?? JSON.stringify(error)}`),
      );
  }
}
