package com.llmgenerator.billing.stripe;

/** Nobody set the secrets of Stripe's events: there is nothing at their address. */
public final class EventsNotTakenException extends RuntimeException {
  EventsNotTakenException() {
    super("STRIPE_WEBHOOK_SECRETS is not set: events of Stripe are not taken");
  }
}
