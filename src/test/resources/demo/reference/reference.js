// The portal's openapi.yaml, rendered by Swagger UI, which sends requests as the user who is signed in.
import { explain } from '/problems.js';
import { accessToken, config, resume, signIn, signOut, user } from '/session.js';

/** Stands in Swagger UI for a token, which would expire there. */
const SIGNED_IN = 'the access token of the user who is signed in';

const $ = (id) => document.getElementById(id);

document.documentElement.classList.toggle('dark-mode', matchMedia('(prefers-color-scheme: dark)').matches);
$('sign-in').addEventListener('click', () => signIn());
$('sign-out').addEventListener('click', () => signOut());

// Before Swagger UI: Keycloak's answer is in the fragment of the address too.
let signedIn = false;
try {
  signedIn = await resume();
  $('signed-in').hidden = !signedIn;
  $('signed-out').hidden = signedIn;
  $('username').textContent = signedIn ? user().name : '';
} catch {
  $('problem').textContent = 'Keycloak does not answer: nobody can sign in.';
}

const ui = globalThis.SwaggerUIBundle({
  dom_id: '#reference',
  // Its server is the host that it comes from.
  url: `${config.portal}/openapi.yaml`,
  deepLinking: true,
  persistAuthorization: false,
  queryConfigEnabled: false,
  tryItOutEnabled: true,
  validatorUrl: 'none',
  requestInterceptor: withFreshToken,
  onComplete: () => signedIn && ui.preauthorizeApiKey('accessToken', SIGNED_IN),
});

async function withFreshToken(request) {
  if (request.headers.Authorization === `Bearer ${SIGNED_IN}`) {
    try {
      request.headers.Authorization = `Bearer ${await accessToken()}`;
    } catch (error) {
      $('problem').textContent = explain(error);
      $('signed-in').hidden = true;
      $('signed-out').hidden = false;
      throw error;
    }
  }
  return request;
}
