// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

/**
 * Thrown when a cgroup, or the unit or container that names it, does not exist or cannot be used as
 * requested. The help says what to do instead.
 */
public final class CgroupException extends LoaderException {
    private static final long serialVersionUID = 1L;

    public CgroupException(String message, String help) {
        super(Failure.Kind.REFUSED, message, help);
    }
}
