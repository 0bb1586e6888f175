// The billing portal's API, called as the user who is signed in.
import { accessToken, config } from './session.js';
import { Problem } from './problems.js';

const LONGEST_WAIT_MILLIS = 20_000;

/** Whether there is a portal for this user, who then has bought something. */
export async function isPortalAvailable() {
  return (await call('GET', '/subscriptions/portal')).available;
}

/**
 * Leaves this page for Stripe's Customer Portal, in the language of the browser. The user comes back to the settings page.
 *
 * @param flow opens one task alone: `payment_method_update`, `subscription_update` or `subscription_cancel`
 */
export async function openPortal(flow) {
  const { url } = await call('POST', '/subscriptions/portal', {
    returnUrl: location.origin + '/?returned',
    locale: navigator.language,
    flow,
  });
  location.assign(url);
  // The button stays busy until the browser has left.
  return new Promise(() => {});
}

/** The Payment Link for this user. */
export function paymentLink(userId) {
  const link = new URL(config.paymentLink);
  link.searchParams.set('client_reference_id', userId);
  return link.href;
}

export async function listApiKeys() {
  return (await call('GET', '/api-keys')).apiKeys;
}

/** The only answer that has the key itself. */
export function createApiKey(name) {
  return call('POST', '/api-keys', { name });
}

export function revokeApiKey(id) {
  return call('DELETE', `/api-keys/${id}`);
}

/** A command for a shell that opens the portal with an API key. */
export function curlLine(key) {
  return `curl -X POST ${config.portal}/api/v1/subscriptions/portal/api -H "Authorization: Bearer ${key}"`;
}

async function call(method, path, body) {
  const headers = { Authorization: `Bearer ${await accessToken()}` };
  if (body) {
    headers['Content-Type'] = 'application/json';
  }
  let response;
  try {
    response = await fetch(`${config.portal}/api/v1${path}`, {
      method,
      headers,
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(LONGEST_WAIT_MILLIS),
    });
  } catch {
    throw new Problem('offline');
  }
  if (!response.ok) {
    throw await Problem.of(response);
  }
  return response.status === 204 ? undefined : response.json();
}
