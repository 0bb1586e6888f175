package com.llmgenerator.billing.stripe.webhook;

/**
 * What Stripe's Dashboard shows as the answer to an event: {@code {"outcome": "stored"}}.
 *
 * @param outcome {@code stored}, {@code known} for a repetition, {@code conflict} if it was stored
 *     and somebody must look at it, or {@code ignored}
 */
public record WebhookResult(String outcome) {}
