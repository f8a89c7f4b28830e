// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import java.io.IOException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A refusal of requests over plain HTTP. The client library follows a registry to any server of
 * tokens, with the password, and to any other address. It offers no hook for that, but Java's
 * client consults its selector of proxies about every request before it connects.
 */
final class TlsOnly extends ProxySelector {
    private final Predicate<URI> plain;
    private final Optional<ProxySelector> proxies;

    private TlsOnly(Predicate<URI> plain, Optional<ProxySelector> proxies) {
        this.plain = plain;
        this.proxies = proxies;
    }

    /** An exception for a request that would be readable on its way. */
    static final class RefusedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private RefusedException(URI uri) {
            super(uri.getScheme() + "://" + uri.getRawAuthority());
        }
    }

    /**
     * Builds a client whose requests are checked.
     *
     * @param plain the addresses that may be used without TLS
     */
    static synchronized <T> T checking(Predicate<URI> plain, Supplier<T> builder) {
        ProxySelector before = ProxySelector.getDefault();
        // A client keeps the selector that is the default while it is built.
        ProxySelector.setDefault(new TlsOnly(plain, Optional.ofNullable(before)));
        try {
            return builder.get();
        } finally {
            ProxySelector.setDefault(before);
        }
    }

    @Override
    public List<Proxy> select(URI uri) {
        if (!"https".equalsIgnoreCase(uri.getScheme()) && !plain.test(uri)) {
            throw new RefusedException(uri);
        }
        return proxies.map(each -> each.select(uri)).orElse(List.of(Proxy.NO_PROXY));
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException failure) {
        proxies.ifPresent(each -> each.connectFailed(uri, address, failure));
    }
}
