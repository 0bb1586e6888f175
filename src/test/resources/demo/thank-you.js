// The page after checkout: waits until Stripe's event of the purchase has arrived, then offers the portal.
import { isPortalAvailable, openPortal } from './billing.js';
import { $, notify, onClick, report, start } from './page.js';

/** Seconds between two attempts: 50 in all. */
const WAITS = [1, 1, 2, 3, 5, 8, 13, 17];

onClick($('manage-billing'), () => openPortal());
onClick($('check-again'), awaitPlan);

if (await start()) {
  await awaitPlan().catch(report);
}

async function awaitPlan() {
  $('check-again').hidden = true;
  notify('We are waiting for the confirmation of your payment. This takes a few seconds.');
  for (const wait of [...WAITS, 0]) {
    if (await isPlanThere()) {
      notify('Your plan is active.');
      $('manage-billing').hidden = false;
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, wait * 1000));
  }
  notify('The confirmation takes longer than usual. Your payment is not lost: come back in a few minutes.');
  $('check-again').hidden = false;
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
