// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.command;

import java.util.regex.Pattern;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.container.CgroupNames;
import org.ringwall.host.words.PathText;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.Cgroups;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.Lookup;

/**
 * A cgroup named by its directory, or by its id, since a name can have bytes that Java cannot
 * represent in an argument.
 */
public final class NamedCgroup {
    private static final Pattern ID = Pattern.compile("[1-9][0-9]{0,19}");
    private static final String HELP = "write the directory of a cgroup, or its id, which `ls -di` shows";

    private NamedCgroup() {}

    /** Returns the cgroup of this name: digits alone are an id. */
    public static Cgroup of(Cgroups cgroups, String word) {
        if (!ID.matcher(word).matches()) {
            return cgroups.at(PathText.parse(word, HELP));
        }
        Lookup<Cgroup> lookup = cgroups.byId(id(word));
        if (lookup instanceof Lookup.Unknown<Cgroup> unknown) {
            throw new CgroupException("cannot look up the cgroup " + word + ": " + unknown.reason(), HELP);
        }
        return lookup.found().orElseThrow(() -> new CgroupException("there is no cgroup with id " + word, HELP));
    }

    /** Returns ` (container NAME)` for the cgroup of a container, and nothing for another one. */
    public static String container(CgroupNames containers, String cgroup) {
        return containers
                .of(cgroup)
                .container()
                .map(container -> " (container " + Printable.of(container.shown()) + ")")
                .orElse("");
    }

    private static long id(String word) {
        try {
            return Long.parseUnsignedLong(word);
        } catch (NumberFormatException e) {
            throw new InputException("`" + word + "` is not the id of a cgroup", HELP);
        }
    }
}
