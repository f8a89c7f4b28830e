// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.trust;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bundle.sign.SigningException;
import org.ringwall.bundle.sign.VerifyingKey;
import org.ringwall.loader.model.InputException;

/**
 * A public key that this host knows. Its file has one line for each restriction, and then the key
 * in PEM.
 *
 * @param scopes patterns for the names of policies, with the wildcards `*` and `?`; empty for all
 *     policies
 * @param until the last day on which the key is valid, in UTC; empty if it does not expire
 * @param revoked the day on which it was revoked; empty if it was not
 */
public record TrustedKey(
        VerifyingKey key, List<String> scopes, Optional<LocalDate> until, Optional<LocalDate> revoked) {
    private static final String SCOPE = "scope: ";
    private static final String UNTIL = "until: ";
    private static final String REVOKED = "revoked: ";
    private static final String BEGIN = "-----BEGIN ";

    public TrustedKey {
        scopes = List.copyOf(scopes);
        for (String scope : scopes) {
            if (!scope.matches("[A-Za-z0-9_*?-]{1,255}")) {
                throw new InputException(
                        "`" + scope + "` is not a pattern for names of policies", "write a name, or one with * and ?");
            }
        }
    }

    /** Returns the current day in UTC. */
    public static LocalDate today() {
        return LocalDate.now(ZoneOffset.UTC);
    }

    /**
     * Parses a day as YYYY-MM-DD.
     *
     * @throws InputException if the text is not a day
     */
    public static LocalDate day(String text) {
        try {
            return LocalDate.parse(text);
        } catch (DateTimeParseException e) {
            throw new InputException("`" + text + "` is not a day", "write it as 2027-12-31");
        }
    }

    public String id() {
        return key.id();
    }

    /** Returns whether a scope of the key matches a policy. */
    boolean covers(String policy) {
        return scopes.isEmpty()
                || scopes.stream()
                        .anyMatch(
                                scope -> policy.matches(scope.replace("*", ".*").replace("?", ".")));
    }

    /** Returns why signatures by this key are not accepted, as a predicate; empty if they are. */
    public Optional<String> invalid(LocalDate today) {
        if (revoked.isPresent()) {
            return Optional.of("was revoked on " + revoked.get());
        }
        return until.filter(today::isAfter).map(last -> "expired after " + last);
    }

    TrustedKey revoked(LocalDate day) {
        return new TrustedKey(key, scopes, until, Optional.of(day));
    }

    /** Returns the content of its file. */
    byte[] text() {
        StringBuilder out = new StringBuilder();
        scopes.forEach(scope -> out.append(SCOPE).append(scope).append('\n'));
        until.ifPresent(day -> out.append(UNTIL).append(day).append('\n'));
        revoked.ifPresent(day -> out.append(REVOKED).append(day).append('\n'));
        return out.append(new String(key.pem(), StandardCharsets.US_ASCII))
                .toString()
                .getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Reads the content of a file.
     *
     * @throws InputException if it is not exactly what {@link #text} writes
     */
    static TrustedKey read(byte[] content) {
        String text = new String(content, StandardCharsets.ISO_8859_1);
        List<String> scopes = new ArrayList<>();
        Optional<LocalDate> until = Optional.empty();
        Optional<LocalDate> revoked = Optional.empty();
        for (String line :
                text.lines().takeWhile(line -> !line.startsWith(BEGIN)).toList()) {
            if (line.startsWith(SCOPE)) {
                scopes.add(line.substring(SCOPE.length()));
            } else if (line.startsWith(UNTIL)) {
                until = Optional.of(day(line.substring(UNTIL.length())));
            } else if (line.startsWith(REVOKED)) {
                revoked = Optional.of(day(line.substring(REVOKED.length())));
            } else {
                throw new InputException("it has a line that is neither a restriction nor the key", "");
            }
        }
        try {
            TrustedKey read = new TrustedKey(VerifyingKey.read(content), scopes, until, revoked);
            if (!new String(read.text(), StandardCharsets.US_ASCII).equals(text)) {
                throw new InputException("it is not as ringwall trust writes it", "");
            }
            return read;
        } catch (SigningException e) {
            throw new InputException(String.valueOf(e.getMessage()), e.help());
        }
    }
}
