// The page after a first checkout: waits until Stripe's event of the purchase has arrived, then shows the portal's button.
import { isPortalAvailable, openPortal } from './billing.js';
import { $, notify, onClick, run, start } from './page.js';

/** Seconds between two attempts: 50 in all. */
const WAITS = [1, 1, 2, 3, 5, 8, 13, 17];

onClick($('manage-billing'), () => openPortal());
onClick($('check-again'), awaitPlan);

if (await start()) {
  run($('check-again'), awaitPlan);
}

async function awaitPlan() {
  const again = document.activeElement === $('check-again');
  let ready = false;
  notify('We are waiting for the confirmation of your payment. This takes a few seconds.');
  try {
    ready = await isPlanThereSoon();
  } finally {
    $('manage-billing').hidden = !ready;
    $('check-again').hidden = ready;
  }
  notify(ready
    ? 'Your billing is ready.'
    : 'The confirmation takes longer than usual. Your payment is not lost: come back in a few minutes.');
  if (ready && again) {
    // The button that had the focus is gone.
    $('manage-billing').focus();
  }
}

async function isPlanThereSoon() {
  for (const wait of WAITS) {
    if (await isPlanThere()) {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, wait * 1000));
  }
  return isPlanThere();
}

/** What may be over at the next attempt counts as a no. */
async function isPlanThere() {
  try {
    return await isPortalAvailable();
  } catch (error) {
    if (['offline', 'rate_limited', 'temporarily_unavailable'].includes(error.code)) {
      return false;
    }
    throw error;
  }
}
