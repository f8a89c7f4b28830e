// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.ringwall.bpf.json.JsonException;
import org.ringwall.loader.model.CgroupException;

/**
 * The state of a container that a runtime gives to an OCI hook on standard input (OCI runtime
 * specification, "State").
 *
 * @param id as the runtime knows the container
 * @param status such as `creating` or `stopped`
 * @param pid the first process, in the pid namespace of the runtime; empty once it has ended
 * @param annotations by key
 */
public record HookState(String id, String status, OptionalLong pid, Map<String, String> annotations) {
    private static final String HELP = "it is called by a container runtime, which writes the state of a container";

    public HookState {
        annotations = Map.copyOf(annotations);
    }

    /**
     * Parses the JSON of a state.
     *
     * @throws CgroupException if the text is not JSON, or not a state of a container
     */
    public static HookState parse(String json) {
        @Nullable Object root;
        try {
            root = json.isBlank() ? null : RuntimeJson.read(json);
        } catch (JsonException e) {
            throw new CgroupException("standard input " + e.getMessage(), HELP);
        }
        if (!(root instanceof Map<?, ?> fields)
                || !(fields.get("id") instanceof String id)
                || !(fields.get("status") instanceof String status)) {
            throw new CgroupException("standard input has no state of a container", HELP);
        }
        long pid = fields.get("pid") instanceof Number number ? number.longValue() : 0;
        return new HookState(
                id,
                status,
                pid > 0 ? OptionalLong.of(pid) : OptionalLong.empty(),
                RuntimeJson.texts(fields.get("annotations")));
    }
}
