// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.words;

import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.model.InstanceName;

/** A live set or a table of an instance: `POLICY[@INSTANCE]/NAME`. */
public record Target(InstanceName instance, String name) {
    public static Target parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || slash == text.length() - 1) {
            throw new UsageException(
                    "`" + Printable.of(text) + "` is not the name of a set or table",
                    "write POLICY/NAME, or POLICY@INSTANCE/NAME");
        }
        return new Target(InstanceName.parse(text.substring(0, slash)), text.substring(slash + 1));
    }

    @Override
    public String toString() {
        return instance + "/" + name;
    }
}
