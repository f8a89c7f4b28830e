// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

/** The release that compiler and loader belong to. */
public final class Release {
    /** Its version, which compiled objects name; bin/release changes it together with the poms. */
    public static final String VERSION = "0.1.0";

    /** The version of docs/abi.md that objects without indexes of maps follow. */
    public static final String CONTRACT = "1";

    /** The version of objects with indexes of maps, which loaders of version 1 would not fill. */
    public static final String CONTRACT_OF_INDEXES = "2";

    private Release() {}
}
