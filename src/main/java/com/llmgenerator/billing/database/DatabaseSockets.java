package com.llmgenerator.billing.database;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import org.postgresql.ssl.WrappedFactory;

/**
 * Makes sockets to the database whose time-out is for the whole answer to a question: that of plain
 * ones is for one read, and bytes can come one by one.
 *
 * <p>The driver makes it by its class name, and calls no more than one method: the others are those
 * of the driver's own base class. Delete it once the driver's {@code socketTimeout} is for a whole
 * answer and {@code DatabaseOutageIT.returns503WhileTheDatabaseAnswersByteAfterByte} passes.
 */
public final class DatabaseSockets extends WrappedFactory {
  @Override
  public Socket createSocket() {
    return new TimedSocket();
  }

  private static final class TimedSocket extends Socket {
    private volatile long asked = System.nanoTime();

    @Override
    public OutputStream getOutputStream() throws IOException {
      return new FilterOutputStream(super.getOutputStream()) {
        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
          asked = System.nanoTime();
          out.write(bytes, from, length);
        }
      };
    }

    @Override
    public InputStream getInputStream() throws IOException {
      return new FilterInputStream(super.getInputStream()) {
        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
          int read = in.read(bytes, from, length);
          long longest = TimeUnit.MILLISECONDS.toNanos(getSoTimeout());
          if (longest > 0 && System.nanoTime() - asked > longest) {
            throw new SocketTimeoutException("The database's answer does not come to its end");
          }
          return read;
        }
      };
    }
  }
}
