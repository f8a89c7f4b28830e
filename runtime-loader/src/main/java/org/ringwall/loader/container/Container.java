// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.container;

import java.util.List;
import java.util.Map;

/**
 * A container of a runtime on this host, running or not.
 *
 * @param runtime the runtime's name
 * @param id 64 hexadecimal digits
 * @param names without a leading `/`; usually one
 * @param labels by key
 */
public record Container(String runtime, String id, List<String> names, Map<String, String> labels) {
    public Container {
        names = List.copyOf(names);
        labels = Map.copyOf(labels);
    }

    /** Returns its first name, or its id if it has none. */
    public String shown() {
        return names.isEmpty() ? id : names.get(0);
    }
}
