// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.model.request;

import java.util.List;

/**
 * A system call as written in a test, with the requests that it causes in the order in which the
 * kernel makes them.
 */
public record Probe(String text, List<Request> requests) {
    public Probe {
        requests = List.copyOf(requests);
        if (requests.isEmpty()) {
            throw new IllegalArgumentException("a probe has at least one request");
        }
    }
}
