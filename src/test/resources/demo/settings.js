// The settings page: billing and API keys.
import { createApiKey, curlLine, isPortalAvailable, listApiKeys, openPortal, paymentLink, revokeApiKey } from './billing.js';
import { $, notify, onClick, report, run, start } from './page.js';
import { config, user } from './session.js';

const date = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium' });

onClick($('manage-billing'), () => openPortal());
for (const button of document.querySelectorAll('[data-flow]')) {
  onClick(button, () => openPortal(button.dataset.flow));
}
onClick($('try-again'), async () => {
  await showBilling();
  if ($('billing-unknown').hidden) {
    // The button that had the focus is gone.
    $('billing-title').focus();
  }
});
onClick($('copy-key'), () => copy($('new-key-text')));
onClick($('copy-curl'), () => copy($('new-key-curl')));
onClick($('hide-key'), hideKey);
$('create-key').addEventListener('submit', (event) => {
  event.preventDefault();
  run(event.submitter, createKey);
});

if (await start()) {
  greet();
  await Promise.all([showBilling(), showKeys()]);
}

/** Greets a user who comes back from Stripe, where `returnUrl` had `?returned`. */
function greet() {
  if (new URLSearchParams(location.search).has('returned')) {
    notify(`Welcome back, ${user().name}. What you changed may take a moment to show here.`);
    history.replaceState(null, '', location.pathname);
  }
}

async function showBilling() {
  try {
    const available = await isPortalAvailable();
    if (!available && config.paymentLink) {
      $('choose-plan').firstElementChild.href = paymentLink(user().id);
    }
    $('choose-plan').hidden = !config.paymentLink;
    $('no-plans').hidden = Boolean(config.paymentLink);
    showOnly(available ? 'billing-manage' : 'billing-choose');
  } catch (error) {
    showOnly('billing-unknown');
    report(error);
  }
}

function showOnly(id) {
  for (const part of ['billing-manage', 'billing-choose', 'billing-unknown']) {
    $(part).hidden = part !== id;
  }
}

async function showKeys() {
  try {
    const keys = await listApiKeys();
    $('keys').replaceChildren(...keys.map(keyItem));
    $('no-keys').hidden = keys.length > 0;
  } catch (error) {
    report(error);
  }
}

function keyItem(key) {
  const item = document.createElement('li');
  const text = document.createElement('div');
  const details = document.createElement('small');
  const button = document.createElement('button');
  details.textContent = [
    `llmgen_…${key.hint}`,
    `created ${day(key.createdAt)}`,
    key.lastUsedAt ? `last used ${day(key.lastUsedAt)}` : 'never used',
    ...(key.expiresAt ? [`expires ${day(key.expiresAt)}`] : []),
  ].join(' · ');
  text.append(key.name, details);
  button.type = 'button';
  button.textContent = 'Revoke';
  button.setAttribute('aria-label', `Revoke ${key.name}`);
  onClick(button, () => revoke(key));
  item.append(text, button);
  return item;
}

function day(time) {
  return date.format(new Date(time));
}

async function createKey() {
  const { key } = await createApiKey($('key-name').value);
  $('create-key').reset();
  $('new-key-text').textContent = key;
  $('new-key-curl').textContent = curlLine(key);
  $('new-key').hidden = false;
  $('new-key-title').focus();
  await showKeys();
}

function hideKey() {
  $('new-key').hidden = true;
  $('new-key-text').textContent = '';
  $('new-key-curl').textContent = '';
  $('keys-title').focus();
}

async function revoke({ id, name }) {
  if (await isRevocationConfirmed(name)) {
    await revokeApiKey(id);
    // The button that had the focus goes away with the key.
    $('keys-title').focus();
    await showKeys();
    notify(`${name} is revoked.`);
  }
}

function isRevocationConfirmed(name) {
  const dialog = $('revoke');
  $('revoke-name').textContent = name;
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'revoke'), { once: true });
  });
}

async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    notify('Copied.');
  } catch {
    getSelection().selectAllChildren(element);
    notify('Press Ctrl+C or ⌘C to copy it.');
  }
}
