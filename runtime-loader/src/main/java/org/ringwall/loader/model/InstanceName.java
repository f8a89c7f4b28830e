// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.util.Optional;
import java.util.regex.Pattern;

/** The name of an instance on a host, `POLICY@INSTANCE`. */
public record InstanceName(String policy, String instance) {
    /** The instance used if none is named. */
    public static final String MAIN = "main";

    /** bpffs rejects dots in names, and a file name holds 255 bytes. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,100}");

    public InstanceName {
        check("policy", policy);
        check("instance", instance);
    }

    /** Parses `POLICY` or `POLICY@INSTANCE`. */
    public static InstanceName parse(String text) {
        int at = text.indexOf('@');
        return at < 0 ? new InstanceName(text, MAIN) : new InstanceName(text.substring(0, at), text.substring(at + 1));
    }

    /**
     * Returns the instance whose folder has this name; empty if it is not a valid name of an
     * instance.
     */
    public static Optional<InstanceName> ofFolder(String name) {
        int at = name.indexOf('@');
        boolean ours = at > 0
                && NAME.matcher(name.substring(0, at)).matches()
                && NAME.matcher(name.substring(at + 1)).matches();
        return ours ? Optional.of(parse(name)) : Optional.empty();
    }

    /** Returns whether `run` created the instance. */
    public boolean ofRun() {
        return instance.startsWith("run-");
    }

    /** Creates the error that a host has no such instance. */
    public InputException absent() {
        return new InputException(
                "there is no `" + this + "` on this host",
                "ringwall status lists what is in force, ringwall apply puts a policy in force");
    }

    private static void check(String what, String name) {
        if (!NAME.matcher(name).matches()) {
            String shown = name.length() > 40 ? name.substring(0, 40) + "…" : name;
            throw new InputException(
                    "`" + shown.replaceAll("\\p{Cntrl}", "?") + "` is not a valid name of "
                            + (what.equals("policy") ? "a" : "an") + " " + what,
                    "write 1 to 100 characters of A-Z a-z 0-9 _ -");
        }
    }

    @Override
    public String toString() {
        return policy + "@" + instance;
    }
}
