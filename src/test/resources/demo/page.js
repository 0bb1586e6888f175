// What the pages have in common: who is signed in, notices, problems, and buttons that are busy.
import { resume, signIn, signOut, user } from './session.js';
import { explain } from './problems.js';

export const $ = (id) => document.getElementById(id);

/** Shows the page for whoever is signed in. Resolves to whether somebody is. */
export async function start() {
  onClick($('sign-in'), signIn);
  onClick($('sign-out'), signOut);
  // A browser's Back button shows the page as it was left: with a busy button.
  addEventListener('pageshow', (event) => event.persisted && location.reload());
  let signedIn = false;
  try {
    signedIn = await resume();
  } catch (error) {
    report(error);
  }
  show(signedIn);
  if (signedIn) {
    $('username').textContent = user().name;
  }
  return signedIn;
}

function show(signedIn) {
  for (const element of document.querySelectorAll('[data-when]')) {
    element.hidden = element.dataset.when !== (signedIn ? 'signed-in' : 'signed-out');
  }
}

/** Tells the user something; screen readers say it when they have nothing else to say. */
export function notify(text) {
  $('notice').textContent = text;
}

/** Tells the user what went wrong; screen readers say it at once. */
export function report(error) {
  notify('');
  $('problem').textContent = explain(error);
  if (error.code === 'unauthorized') {
    show(false);
    $('sign-in').focus();
  }
}

export function onClick(button, action) {
  button.addEventListener('click', () => run(button, action));
}

/** Runs an action once at a time: its button is busy meanwhile, but keeps the focus. Reports what fails. */
export async function run(button, action) {
  if (button.hasAttribute('aria-busy')) {
    return;
  }
  button.setAttribute('aria-busy', 'true');
  notify('');
  $('problem').textContent = '';
  try {
    await action();
  } catch (error) {
    report(error);
  } finally {
    button.removeAttribute('aria-busy');
  }
}
