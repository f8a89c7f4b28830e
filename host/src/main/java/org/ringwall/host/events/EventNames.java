// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.events;

import java.math.BigInteger;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.container.CgroupName;
import org.ringwall.host.container.CgroupNames;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Event;

/**
 * The names of the cgroups that records name by their ids. Ids are never used again, so each is
 * looked up once. One without a name is looked up again after a second, in case a runtime has not
 * listed the container yet. A cgroup that was removed before its record was read has no name.
 */
public final class EventNames {
    private static final String CGROUP = "cgroup";
    private static final long AGAIN_NS = 1_000_000_000L;
    private static final int MOST = 10_000;

    private final LoaderHost host;
    private final CgroupNames names;
    private final Map<BigInteger, Shown> known = new HashMap<>();

    /**
     * A name as it is printed.
     *
     * @param text as further fields, with a space before each
     * @param json as further members, with a comma before each
     * @param time when it was looked up, by {@link System#nanoTime()}
     */
    private record Shown(String text, String json, long time) {}

    public EventNames(LoaderHost host) {
        this.host = host;
        this.names = CgroupNames.below(host.cgroups().mount());
    }

    /** Returns the name of a record's cgroup as fields, with a space before each. */
    String text(Event event) {
        return shown(event).text();
    }

    /** Returns the name of a record's cgroup as members of JSON, with a comma before each. */
    String json(Event event) {
        return shown(event).json();
    }

    private Shown shown(Event event) {
        if (!(event.fields().get(CGROUP) instanceof BigInteger id)) {
            return new Shown("", "", 0);
        }
        Shown shown = known.get(id);
        if (shown == null || shown.text().isEmpty() && System.nanoTime() - shown.time() >= AGAIN_NS) {
            if (known.size() >= MOST) {
                known.clear();
            }
            shown = look(id);
            known.put(id, shown);
        }
        return shown;
    }

    private Shown look(BigInteger id) {
        Optional<String> path = host.cgroups()
                .byId(id.longValue())
                .found()
                .flatMap(Cgroup::visible)
                .map(Path::toString);
        Map<String, Object> fields = path.map(names::of).orElse(CgroupName.NONE).fields();
        String text = fields.entrySet().stream()
                .filter(field -> field.getValue() instanceof String)
                .map(field -> " " + field.getKey() + "="
                        + Printable.quoted(Printable.of(field.getValue().toString())))
                .collect(Collectors.joining());
        String object = Json.of(fields);
        String json = fields.isEmpty() ? "" : "," + object.substring(1, object.length() - 1);
        return new Shown(text, json, System.nanoTime());
    }
}
