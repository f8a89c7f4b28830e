// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.DataVariable;

/** The names of the maps in each index of an object, in the order of its elements. */
public final class IndexMembers {
    private IndexMembers() {}

    /** Returns the names by index, from the texts of variables by name. */
    public static Map<String, List<String>> of(Map<String, String> texts) {
        Map<String, List<String>> members = new TreeMap<>();
        texts.forEach((variable, text) -> StateNames.indexOf(variable)
                .ifPresent(index -> members.put(index, text.isEmpty() ? List.of() : List.of(text.split(" ", -1)))));
        return members;
    }

    /** Returns the names by index. */
    public static Map<String, List<String>> of(BpfObject object) {
        Map<String, String> texts = new TreeMap<>();
        object.section(".rodata").ifPresent(section -> {
            for (DataVariable variable : section.variables()) {
                if (StateNames.indexOf(variable.name()).isPresent()) {
                    texts.put(
                            variable.name(),
                            section.content()
                                    .slice(variable.offset(), variable.size())
                                    .text());
                }
            }
        });
        return of(texts);
    }
}
