// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import land.oras.auth.AuthProvider;
import land.oras.auth.HttpClient;
import land.oras.auth.NoAuthProvider;
import land.oras.auth.Scopes;
import land.oras.auth.UsernamePasswordProvider;
import land.oras.exception.OrasException;
import org.ringwall.compiler.cli.InputException;
import org.ringwall.registry.Credentials.Login;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command-line options for connecting to a registry: TLS, credentials. */
final class Connection {
    /** The timeout of one exchange, enough for the largest bundle at 70 kB/s. */
    private static final Duration EXCHANGE_TIMEOUT = Duration.ofMinutes(10);

    /** The maximum number of requests of one exchange, with redirects and requests for a token. */
    private static final int MAX_REQUESTS = 10;

    private static final int MAX_PASSWORD_BYTES = 1 << 16;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int OK = 200;

    @Option(
            names = "--insecure",
            description = "allow plain HTTP, also for credentials; without it only for this machine's own addresses")
    private boolean insecure;

    @Option(
            names = "--ca",
            paramLabel = "FILE.pem",
            description = "trust these certificate authorities, and no others, for the registry's TLS")
    private Optional<Path> authorities = Optional.empty();

    @Option(names = "--username", paramLabel = "NAME", description = "log in with this name; see --password-stdin")
    private Optional<String> user = Optional.empty();

    @Option(names = "--password-stdin", description = "read the password from the first line of standard input")
    private boolean passwordFromInput;

    @Option(
            names = "--authfile",
            paramLabel = "FILE",
            description = "read credentials from this file, as docker and podman write it")
    private Optional<Path> file = Optional.empty();

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    /** Connects to the registry of a reference, and returns its repository. */
    Remote open(Reference reference) {
        return open(reference, EXCHANGE_TIMEOUT);
    }

    Remote open(Reference reference, Duration limit) {
        if (user.isPresent() != passwordFromInput) {
            throw new ParameterException(spec.commandLine(), "write --username NAME and --password-stdin together");
        }
        HttpClient client = TlsOnly.checking(uri -> mayBePlain(reference, uri), this::client);
        Optional<Login> login = user.isPresent()
                ? Optional.of(new Login(user.get(), password()))
                : new Credentials(System.getenv()).find(reference, file);
        Failures failures = new Failures(reference.registry(), login.isPresent(), limit);
        URI base = URI.create(scheme(reference, client, failures) + "://" + reference.host() + "/");
        AuthProvider credentials = login.<AuthProvider>map(
                        each -> new UsernamePasswordProvider(each.user(), each.password()))
                .orElseGet(NoAuthProvider::new);
        return new Remote(reference, base, client, new RequestLimit(credentials, MAX_REQUESTS), failures);
    }

    /** Returns whether a request of an exchange with a registry may be made without TLS. */
    private boolean mayBePlain(Reference reference, URI uri) {
        return insecure || reference.isLoopback() && Reference.isLoopback(String.valueOf(uri.getRawAuthority()));
    }

    private HttpClient client() {
        HttpClient.Builder builder = HttpClient.Builder.builder();
        if (authorities.isPresent()) {
            Path pem = authorities.get();
            if (!Files.isReadable(pem)) {
                throw new InputException("cannot read `" + pem + "`", "name a file with certificates in PEM");
            }
            builder.withCaFile(pem);
        }
        try {
            return builder.build();
        } catch (OrasException e) {
            throw new InputException(
                    "`" + authorities.map(Path::toString).orElse("") + "` has no certificates",
                    "name a file with certificates in PEM");
        }
    }

    private static String password() {
        try {
            String text = new String(System.in.readNBytes(MAX_PASSWORD_BYTES), StandardCharsets.UTF_8);
            return text.lines().findFirst().orElse("");
        } catch (IOException e) {
            throw new InputException("cannot read the password from standard input", "echo PASSWORD | ringwallc …");
        }
    }

    /**
     * Returns {@code http} or {@code https}. If plain HTTP is allowed, a request without
     * credentials probes for it; a registry that speaks TLS answers 400 or closes the connection.
     */
    private String scheme(Reference reference, HttpClient client, Failures failures) {
        if (!insecure && !reference.isLoopback()) {
            return "https";
        }
        URI root = URI.create("http://" + reference.host() + "/v2/");
        int status = failures.within(() -> {
            try {
                return client.head(
                                root,
                                Map.of(),
                                Scopes.of(reference.container()),
                                new RequestLimit(new NoAuthProvider(), 1))
                        .statusCode();
            } catch (OrasException e) {
                if (Failures.isUnreachable(e)) {
                    throw e;
                }
                return Failures.isChallenge(e) ? UNAUTHORIZED : e.getStatusCode();
            }
        });
        return status == OK || status == UNAUTHORIZED || status == FORBIDDEN || status == NOT_FOUND ? "http" : "https";
    }
}
