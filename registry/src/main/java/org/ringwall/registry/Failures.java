// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import land.oras.auth.HttpClient.ResponseWrapper;
import land.oras.exception.OrasException;
import org.jspecify.annotations.Nullable;
import org.ringwall.compiler.cli.InputException;

/**
 * The error messages for exchanges with a registry, and the timeout of exchanges.
 *
 * @param registry the host and the port
 * @param login whether credentials were sent
 * @param limit the timeout of one exchange
 */
record Failures(String registry, boolean login, Duration limit) {
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int MAX_CAUSES = 32;
    private static final String RIGHTS = "check user, password and their rights, and log in again";

    /** Runs an exchange in another thread with the timeout, because the client has none. */
    <T> T within(Supplier<T> exchange) {
        FutureTask<T> task = new FutureTask<>(exchange::get);
        Thread thread = new Thread(task, "registry");
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            thread.interrupt();
            throw new InputException(
                    host() + " does not answer within " + limit.toSeconds() + " s",
                    "check the registry, and try again");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InputException("interrupted while `" + registry + "` was answering", "try again");
        } catch (ExecutionException e) {
            throw of(e.getCause());
        }
    }

    /** Returns the message for an exception of the client. */
    private RuntimeException of(@Nullable Throwable thrown) {
        if (thrown instanceof InputException known) {
            return known;
        }
        if (thrown instanceof OrasException answered) {
            int status = answered.getStatusCode();
            if (status > 0) {
                return status(status, Optional.empty(), "authenticate you");
            }
        }
        if (has(thrown, UnknownHostException.class) || has(thrown, UnresolvedAddressException.class)) {
            return new InputException(
                    "cannot find the address of `" + registry + "`", "check the name, and the DNS of this machine");
        }
        if (has(thrown, HttpTimeoutException.class)) {
            return new InputException(host() + " cannot be reached: timed out", "check the network");
        }
        if (has(thrown, ConnectException.class)) {
            return new InputException(
                    "cannot connect to `" + registry + "`: connection refused",
                    "check the port, and that the registry is running");
        }
        if (has(thrown, RequestLimit.ReachedException.class)) {
            return new InputException(
                    host() + " redirects endlessly, or refuses its own tokens", login ? RIGHTS : logIn());
        }
        Optional<TlsOnly.RefusedException> plain = cause(thrown, TlsOnly.RefusedException.class);
        if (plain.isPresent()) {
            return new InputException(
                    host() + " sends its clients to " + UntrustedText.line(text(plain.get()))
                            + ", without TLS, where everyone on the path can read credentials and tokens",
                    "tell its owner; --insecure allows plain HTTP");
        }
        Optional<CertificateException> untrusted = cause(thrown, CertificateException.class);
        if (untrusted.isPresent()) {
            return new InputException(
                    host() + " has a certificate that is not trusted: " + UntrustedText.line(text(untrusted.get())),
                    "name the certificate of its authority with --ca FILE.pem");
        }
        Optional<SSLException> broken = cause(thrown, SSLException.class);
        if (broken.isPresent()) {
            return new InputException(
                    host() + " does not speak TLS: " + UntrustedText.line(text(broken.get())),
                    "check the port; --insecure allows plain HTTP");
        }
        return refused("breaks the connection" + reason(thrown));
    }

    private static String text(Throwable thrown) {
        return String.valueOf(thrown.getMessage());
    }

    private static String reason(@Nullable Throwable thrown) {
        Throwable last = thrown;
        for (int i = 0; i < MAX_CAUSES && last != null && last.getCause() != null; i++) {
            last = last.getCause();
        }
        return last == null || last.getMessage() == null ? "" : ": " + UntrustedText.line(last.getMessage());
    }

    private static boolean has(@Nullable Throwable thrown, Class<? extends Throwable> type) {
        return cause(thrown, type).isPresent();
    }

    private static <T extends Throwable> Optional<T> cause(@Nullable Throwable thrown, Class<T> type) {
        Throwable next = thrown;
        for (int i = 0; i < MAX_CAUSES && next != null; i++) {
            if (type.isInstance(next)) {
                return Optional.of(type.cast(next));
            }
            next = next.getCause();
        }
        return Optional.empty();
    }

    /** Returns whether the registry has answered, with a challenge or a redirect. */
    static boolean isChallenge(Throwable thrown) {
        return has(thrown, RequestLimit.ReachedException.class);
    }

    /** Returns whether no registry has answered at all. */
    static boolean isUnreachable(Throwable thrown) {
        return has(thrown, ConnectException.class)
                || has(thrown, UnknownHostException.class)
                || has(thrown, UnresolvedAddressException.class)
                || has(thrown, HttpTimeoutException.class);
    }

    void expect(ResponseWrapper<String> answer, String what, int wanted) {
        String body = answer.response();
        expect(answer.statusCode(), body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8), what, wanted);
    }

    /** Throws the error for an answer whose status is not the wanted one. */
    void expect(int status, byte[] body, String what, int wanted) {
        if (status != wanted) {
            throw status(status, error(body), what);
        }
    }

    private InputException status(int status, Optional<String> error, String what) {
        String why = error.map(text -> " (" + text + ")").orElse("");
        if (status == UNAUTHORIZED || status == FORBIDDEN) {
            return login
                    ? new InputException(host() + " refuses the credentials: it answers " + status + why, RIGHTS)
                    : new InputException(host() + " needs credentials: it answers " + status + why, logIn());
        }
        return new InputException(
                host() + " cannot " + what + ": it answers " + status + why, "check the name and the registry");
    }

    /** Returns the code and message of the first error in an answer (OCI distribution). */
    private static Optional<String> error(byte[] body) {
        Optional<JsonValue> first = JsonValue.read(body)
                .flatMap(root -> root.at("errors").list().stream().findFirst());
        return first.map(each ->
                        (each.at("code").text() + " " + each.at("message").text()).strip())
                .filter(text -> !text.isEmpty())
                .map(UntrustedText::line);
    }

    private String logIn() {
        return "log in with `docker login " + registry + "` or `podman login`, or write --username NAME"
                + " --password-stdin";
    }

    InputException refused(String what) {
        return new InputException(host() + " " + what, "nothing was written; check the registry, and try again");
    }

    InputException digestMismatch(String what, String claimed, String found) {
        return refused("sent " + what + " with the digest " + UntrustedText.line(found) + " instead of "
                + UntrustedText.line(claimed));
    }

    private String host() {
        return "the registry `" + registry + "`";
    }
}
