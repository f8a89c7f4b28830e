// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

/**
 * Thrown when the state of this host does not permit a request, or would open a gap. The help says
 * what to do about it.
 */
public final class HostException extends LoaderException {
    private static final long serialVersionUID = 1L;

    public HostException(String message, String help) {
        super(Failure.Kind.REFUSED, message, help);
    }
}
