// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.nri;

import java.net.ProtocolException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.ringwall.host.protobuf.WireReader;

/**
 * A container as a runtime describes it to its plugins.
 *
 * @param id as the runtime knows the container
 * @param pod the id of its pod
 * @param name its name in the pod
 * @param state its state in the runtime
 * @param pid its first process, in the pid namespace of the runtime; 0 if there is none, or if the
 *     runtime does not report it
 * @param cgroupsPath as in its OCI configuration; see {@code CgroupsPath}
 * @param annotations the values by name: the value of the pod, then that of the container if it
 *     differs
 */
public record PodContainer(
        String id,
        String pod,
        String name,
        State state,
        long pid,
        String cgroupsPath,
        Map<String, List<String>> annotations) {
    private static final int ID = 1;
    private static final int POD = 2;
    private static final int NAME = 3;
    private static final int STATE = 4;
    private static final int ANNOTATIONS = 6;
    private static final int LINUX = 11;
    private static final int PID = 12;
    private static final int CGROUPS_PATH = 5;

    public PodContainer {
        annotations = Map.copyOf(annotations);
    }

    /** The state of a container, in the order of NRI's enum ContainerState. */
    public enum State {
        UNKNOWN,
        CREATED,
        PAUSED,
        RUNNING,
        STOPPED,
        OTHER;

        private static State of(long number) {
            List<State> known = List.of(UNKNOWN, CREATED, PAUSED, RUNNING, STOPPED);
            return number >= 0 && number < known.size() ? known.get((int) number) : OTHER;
        }
    }

    /** Parses a {@code Container}. */
    static PodContainer read(WireReader message) throws ProtocolException {
        String id = "";
        String pod = "";
        String name = "";
        State state = State.UNKNOWN;
        long pid = 0;
        String cgroupsPath = "";
        Map<String, String> annotations = WireReader.newMap();
        while (message.next()) {
            switch (message.field()) {
                case ID -> id = message.text();
                case POD -> pod = message.text();
                case NAME -> name = message.text();
                case STATE -> state = State.of(message.number());
                case ANNOTATIONS -> message.readMapEntry(annotations);
                case LINUX -> cgroupsPath = cgroupsPath(message.message());
                case PID -> pid = message.number();
                default -> message.skip();
            }
        }
        if (id.isEmpty()) {
            throw new ProtocolException("a container has no id");
        }
        return new PodContainer(id, pod, name, state, pid, cgroupsPath, values(annotations));
    }

    private static String cgroupsPath(WireReader linux) throws ProtocolException {
        String path = "";
        while (linux.next()) {
            if (linux.field() == CGROUPS_PATH) {
                path = linux.text();
            }
        }
        return path;
    }

    /** Returns the same container with the annotations of its pod. */
    PodContainer withAnnotationsOf(Pod itsPod) {
        Map<String, List<String>> all = new LinkedHashMap<>(values(itsPod.annotations()));
        annotations.forEach((key, own) -> all.merge(
                key,
                own,
                (first, second) -> Stream.concat(first.stream(), second.stream())
                        .distinct()
                        .toList()));
        return new PodContainer(id, pod, name, state, pid, cgroupsPath, all);
    }

    private static Map<String, List<String>> values(Map<String, String> annotations) {
        Map<String, List<String>> all = new LinkedHashMap<>();
        annotations.forEach((key, value) -> all.put(key, List.of(value)));
        return all;
    }

    /** A pod: its id and its annotations. */
    record Pod(String id, Map<String, String> annotations) {
        static final Pod NONE = new Pod("", Map.of());

        Pod {
            annotations = Map.copyOf(annotations);
        }

        /** Parses a {@code PodSandbox}. */
        static Pod read(WireReader message) throws ProtocolException {
            String id = "";
            Map<String, String> annotations = WireReader.newMap();
            while (message.next()) {
                switch (message.field()) {
                    case ID -> id = message.text();
                    case ANNOTATIONS -> message.readMapEntry(annotations);
                    default -> message.skip();
                }
            }
            return new Pod(id, annotations);
        }
    }
}
