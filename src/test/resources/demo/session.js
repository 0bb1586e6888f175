// Who is signed in: Keycloak's authorization code flow with PKCE. Tokens stay in the memory of the page,
// but for the ID token, by which Keycloak knows at sign-out whose session ends.
import './keycloak-js/keycloak.min.js'; // Not an ES module: it sets globalThis.Keycloak.
import { Problem } from './problems.js';

export const config = await (await fetch('/config.json')).json();

const [url, realm] = config.issuer.split('/realms/');
const keycloak = new globalThis.Keycloak({ url, realm, clientId: config.clientId });

/**
 * Takes over the session that the user has at Keycloak, if there is one: the browser goes there and comes back at once,
 * without a question (check-sso). No frame is used: browsers block cookies of other sites in frames.
 *
 * @returns {Promise<boolean>} whether somebody is signed in
 */
export async function resume() {
  try {
    return await keycloak.init({ onLoad: 'check-sso', pkceMethod: 'S256', checkLoginIframe: false });
  } catch {
    throw new Problem('offline');
  }
}

export function user() {
  return { id: keycloak.subject, name: keycloak.idTokenParsed.preferred_username };
}

export function signIn() {
  return keycloak.login();
}

export function signOut() {
  return keycloak.logout({ redirectUri: location.origin + '/' });
}

/**
 * A token that is valid for 10 seconds at least; one that ends sooner is refreshed before.
 *
 * @throws {Problem} `unauthorized` if the session has ended, `offline` if Keycloak does not answer
 */
export async function accessToken() {
  try {
    await keycloak.updateToken(10);
  } catch {
    throw new Problem(keycloak.authenticated ? 'offline' : 'unauthorized');
  }
  return keycloak.token;
}
