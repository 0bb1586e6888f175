// What went wrong, and what a user reads about it.

/** A failed call, by the `code` of its problem document (RFC 9457), or `offline` if there was no answer. */
export class Problem extends Error {
  constructor(code, { requestId, retryAfter } = {}) {
    super(code);
    this.code = code;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
  }

  static async of(response) {
    const { code, requestId } = await response.json().catch(() => ({}));
    return new Problem(code, { requestId, retryAfter: Number(response.headers.get('Retry-After')) });
  }
}

const texts = {
  unauthorized: () => 'Your session has expired. Sign in again to continue.',
  rate_limited: ({ retryAfter }) => `Too many attempts. Try again in ${seconds(retryAfter)}.`,
  billing_account_not_found: () => 'You have no billing account yet. Choose a plan first.',
  subscription_not_found: () => 'You have no running plan that you could change or cancel.',
  flow_unavailable: () => 'This cannot be changed for your plan now. Choose “Manage billing” to see it.',
  too_many_api_keys: () => 'You have 10 API keys, and cannot have more. Revoke one first.',
  invalid_api_key_request: () => 'Use a name of 1 to 100 characters that can be seen.',
  not_found: () => 'It is not there any more. Reload this page.',
  payment_provider_error: (problem) => 'Stripe cannot be reached right now. Try again later.' + reference(problem),
  payment_provider_timeout: (problem) => 'Stripe did not answer in time. Try again.' + reference(problem),
  temporarily_unavailable: (problem) => `We are busy. Try again in ${seconds(problem.retryAfter)}.` + reference(problem),
  offline: () => navigator.onLine
    ? 'The service cannot be reached. Try again in a moment.'
    : 'You are offline. Check your connection, then try again.',
};

/** The text for a user; of what is no problem of a call, the console has the details. */
export function explain(error) {
  if (!(error instanceof Problem)) {
    console.error(error);
  }
  return (texts[error.code] ?? ((problem) => 'Something went wrong.' + reference(problem)))(error);
}

function seconds(number) {
  return number === 1 ? '1 second' : `${number || 'a few'} seconds`;
}

function reference({ requestId }) {
  return requestId ? ` If you write to support, quote ${requestId}.` : '';
}
