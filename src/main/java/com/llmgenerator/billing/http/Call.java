package com.llmgenerator.billing.http;

import com.llmgenerator.billing.request.AccessLog;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * A request, and the way back to its caller.
 *
 * @param id its caller's or a new one
 */
record Call(Request request, Response response, Callback callback, String id) {
  static Call of(Request request, Response response, Callback callback) {
    String id = AccessLog.id(request.getHeaders().get(AccessLog.ID_HEADER));
    return new Call(request, response, callback, id);
  }

  HttpFields headers() {
    return request.getHeaders();
  }

  String method() {
    return request.getMethod();
  }

  /** The path of the target as it was sent. */
  String path() {
    return request.getHttpURI().getPath();
  }

  boolean hasBody() {
    return request.getLength() > 0 || headers().contains(HttpHeader.TRANSFER_ENCODING);
  }
}
