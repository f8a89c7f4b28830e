// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import land.oras.ContainerRef;
import land.oras.auth.AuthProvider;
import land.oras.auth.AuthScheme;
import land.oras.auth.NoAuthProvider;
import org.jspecify.annotations.Nullable;

/**
 * Credentials that end an exchange after some requests. The client follows redirects and
 * challenges without a limit, and reads the credentials for each request. The first request is to
 * the registry and the second can be to the server of tokens that the registry names. Later ones
 * get no credentials: a host to which the registry redirects could name any server of tokens.
 */
final class RequestLimit implements AuthProvider {
    private static final int WITH_CREDENTIALS = 2;

    private final AuthProvider credentials;
    private final int most;
    private int made;

    /**
     * Creates credentials.
     *
     * @param most the number of requests in one exchange
     */
    RequestLimit(AuthProvider credentials, int most) {
        this.credentials = credentials;
        this.most = most;
    }

    /** An exception for an exchange that has reached its limit. */
    static final class ReachedException extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** Returns the same limit without credentials. */
    RequestLimit anonymous() {
        return new RequestLimit(new NoAuthProvider(), most);
    }

    /** Begins an exchange. */
    void begin() {
        made = 0;
    }

    @Override
    public @Nullable String getAuthHeader(ContainerRef registry) {
        if (made == most) {
            throw new ReachedException();
        }
        made++;
        return made <= WITH_CREDENTIALS ? credentials.getAuthHeader(registry) : null;
    }

    @Override
    public AuthScheme getAuthScheme() {
        return credentials.getAuthScheme();
    }
}
