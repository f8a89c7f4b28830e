// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.doctor;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ringwall.host.container.DockerRuntimes;
import org.ringwall.loader.model.Diagnosis;

/** The health of docker's containers where the runtime of Ringwall is the default. */
final class RuntimeHealth {
    private static final String SUBJECT = "docker";
    private static final int NAMED = 5;

    private RuntimeHealth() {}

    static List<Diagnosis> of(Optional<DockerRuntimes> docker) {
        if (docker.filter(DockerRuntimes::defaultApplies).isEmpty()) {
            return List.of();
        }
        List<DockerRuntimes.Entry> outside = docker.get().outside();
        if (outside.isEmpty()) {
            return List.of(
                    Diagnosis.ok(SUBJECT, "all containers start by the default runtime, which applies policies"));
        }
        String names =
                outside.stream().limit(NAMED).map(DockerRuntimes.Entry::name).collect(Collectors.joining(", "));
        return List.of(Diagnosis.warning(
                SUBJECT,
                outside.size() + (outside.size() == 1 ? " container starts" : " containers start")
                        + " without policies, by another runtime than the default: " + names
                        + (outside.size() > NAMED ? ", …" : ""),
                "a container keeps the runtime with which it was created: create it again; ringwall containers lists"
                        + " all"));
    }
}
