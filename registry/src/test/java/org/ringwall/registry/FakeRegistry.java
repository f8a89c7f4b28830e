// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/** A registry on a loopback port that answers what a test says, true or not. */
final class FakeRegistry implements AutoCloseable {
    private static final byte[] NOTHING = new byte[0];

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();

    /** What answers one request. */
    interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    FakeRegistry() {
        this(Optional.empty());
    }

    /** Starts a registry that speaks TLS. */
    FakeRegistry(SSLContext tls) {
        this(Optional.of(tls));
    }

    private FakeRegistry(Optional<SSLContext> tls) {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try {
            if (tls.isPresent()) {
                HttpsServer secure = HttpsServer.create(any, 0);
                secure.setHttpsConfigurator(new HttpsConfigurator(tls.get()));
                server = secure;
            } else {
                server = HttpServer.create(any, 0);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
        on("HEAD", "/v2/", plain(200, NOTHING));
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String key =
                    exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
            answers.getOrDefault(key, plain(404, NOTHING)).to(exchange);
        }
    }

    /** Sets the answer to a method and a path. */
    FakeRegistry on(String method, String path, Answer answer) {
        answers.put(method + " " + path, answer);
        return this;
    }

    /** Serves a manifest of {@code acme/agents} under a tag or a digest. */
    FakeRegistry manifest(String name, byte[] content) {
        return on("GET", "/v2/acme/agents/manifests/" + name, plain(200, content));
    }

    /** Serves a blob under a digest, which need not be its own. */
    FakeRegistry blob(String digest, byte[] content) {
        return on("GET", "/v2/acme/agents/blobs/" + digest, plain(200, content));
    }

    /** Returns an answer with a body, and headers as name and value in turn. */
    static Answer plain(int status, byte[] body, String... headers) {
        Map<String, String> fields = new TreeMap<>();
        for (int i = 0; i < headers.length; i += 2) {
            fields.put(headers[i], headers[i + 1]);
        }
        return exchange -> {
            exchange.getRequestBody().readAllBytes();
            fields.forEach(exchange.getResponseHeaders()::set);
            boolean none = body.length == 0 || exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(status, none ? -1 : body.length);
            if (!none) {
                exchange.getResponseBody().write(body);
            }
        };
    }

    /** Returns an answer that declares a length and ends earlier. */
    static Answer truncated(byte[] body, int length) {
        return exchange -> {
            exchange.sendResponseHeaders(200, length);
            OutputStream out = exchange.getResponseBody();
            out.write(body);
            out.flush();
            throw new IOException("closed by the test");
        };
    }

    String address() {
        return "127.0.0.1:" + port();
    }

    int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
