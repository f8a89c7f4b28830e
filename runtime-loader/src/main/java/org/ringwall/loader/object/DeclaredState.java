// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.object;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.state.LiveText;
import org.ringwall.bpf.state.MapDeclaration;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.bpf.state.TableText;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.state.StateTexts;

/**
 * A check that the maps of an object match the texts that describe them, so that commands write
 * what programs read.
 */
final class DeclaredState {
    private DeclaredState() {}

    /**
     * Checks live sets, tables, counters and indexes.
     *
     * @throws InputException if a map does not match its text
     */
    static void check(List<MapSpec> maps, StateTexts texts) {
        Map<String, MapSpec> byName = new HashMap<>();
        maps.forEach(map -> byName.put(map.name(), map));
        for (MapSpec map : maps) {
            String name = StateNames.shortName(map.name());
            boolean fits = true;
            if (map.name().equals(StateNames.live(name)) && texts.lives().containsKey(name)) {
                LiveText text = texts.lives().get(name);
                fits = isLike(map, text.type().map(name, text.max()));
            } else if (map.name().equals(StateNames.table(name))
                    && texts.tables().containsKey(name)) {
                fits = isTable(map, texts.tables().get(name));
            } else if (StateNames.isCounter(map.name()) && texts.counters().containsKey(name)) {
                fits = map.valueSize()
                        == Long.BYTES * texts.counters().get(name).columns().size();
            }
            if (StateNames.isIndex(map.name())) {
                List<String> members = texts.indexes().getOrDefault(map.name(), List.of());
                fits = map.type() == MapType.ARRAY_OF_MAPS
                        && !members.isEmpty()
                        && map.maxEntries() == members.size()
                        && members.stream().allMatch(member -> byName.containsKey(member) && texts.describes(member));
            }
            if (!fits) {
                throw new InputException(
                        "ringwall cannot apply this object: its map `" + map.name()
                                + "` does not match its description",
                        "compile one with: ringwallc compile POLICY.wall");
            }
        }
        texts.indexes().keySet().forEach(index -> {
            if (!byName.containsKey(index)) {
                throw new InputException(
                        "ringwall cannot apply this object: it does not declare `" + index + "`",
                        "compile one with: ringwallc compile POLICY.wall");
            }
        });
    }

    private static boolean isTable(MapSpec map, TableText text) {
        Optional<MapSpec> inner = map.inner();
        int endpoints = Long.BYTES / 2 + text.choices() * org.ringwall.bpf.state.TableLayout.ENDPOINT.size();
        return inner.isPresent()
                && inner.get().valueSize() == endpoints
                && inner.get().maxEntries() == text.max();
    }

    private static boolean isLike(MapSpec map, MapDeclaration wanted) {
        boolean same = map.type() == wanted.type()
                && map.keySize() == wanted.keySize()
                && map.valueSize() == wanted.valueSize()
                && map.maxEntries() == wanted.maxEntries()
                && map.flags() == wanted.flags();
        return same
                && map.inner().isPresent() == wanted.inner().isPresent()
                && map.inner()
                        .map(inner -> isLike(inner, wanted.inner().orElseThrow()))
                        .orElse(true);
    }
}
