package com.llmgenerator.billing.portal;

/**
 * The optional body of a request: {@code {"returnUrl": "https://…", "locale": "fr", "flow": "…"}}.
 *
 * @param returnUrl where Stripe's portal sends the user back to; null for the default
 * @param locale the language of the portal; null for that of the customer or the browser
 * @param flow what the user is to do there, and nothing else; null for the whole portal
 */
public record PortalRequest(String returnUrl, String locale, String flow) {}
