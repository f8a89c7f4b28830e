// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.ringwall.loader.apply.Failure;
import org.ringwall.loader.container.RuntimeUse;
import org.ringwall.loader.host.Diagnosis;
import org.ringwall.loader.host.Diagnosis.Level;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.sync.Result;
import org.ringwall.loader.sync.Sync;

/**
 * An examination of what should put policies in force on this host: declarations, and runtimes of
 * containers. It changes nothing.
 */
final class Surroundings {
    private static final String DECLARED = "declared policies";
    private static final String CONTAINERS = "containers";

    /** How many names one line has. */
    private static final int NAMED = 10;

    private final LoaderHost host;
    private final Session session;
    private final Path folder;

    /**
     * Creates an examination.
     *
     * @param folder the directory of declarations
     */
    Surroundings(LoaderHost host, Session session, Path folder) {
        this.host = host;
        this.session = session;
        this.folder = folder;
    }

    List<Diagnosis> examine() {
        List<Diagnosis> found = new ArrayList<>(seen(DECLARED, this::declared));
        found.addAll(seen(CONTAINERS, Surroundings::containers));
        return found;
    }

    private static List<Diagnosis> seen(String subject, Supplier<List<Diagnosis>> check) {
        try {
            return check.get();
        } catch (RuntimeException e) {
            Failure failure = Failure.of(e).orElseThrow(() -> e);
            return List.of(
                    new Diagnosis(Level.WARNING, subject, "cannot be examined: " + failure.message(), failure.help()));
        }
    }

    private List<Diagnosis> declared() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Result> results;
        try (Sync sync = new Sync(host, folder, () -> session.admission(false))) {
            results = sync.run(false, Set.of());
        }
        List<Diagnosis> found = new ArrayList<>();
        for (Result each : results) {
            if (each.failure().isPresent() || each.state() == Result.State.DIFFERENT) {
                found.add(new Diagnosis(
                        each.required() ? Level.PROBLEM : Level.WARNING,
                        each.name().map(Object::toString).orElse(DECLARED),
                        "declared in " + each.file() + ", and not in force as declared: "
                                + each.failure().map(Failure::message).orElse(String.join("; ", each.differences())),
                        each.failure().map(Failure::help).orElse("ringwall sync puts it in force")));
            }
        }
        long good = results.size() - found.size();
        if (good > 0) {
            found.add(
                    new Diagnosis(Level.OK, DECLARED, good + (found.isEmpty() ? "" : " others") + " as declared", ""));
        }
        return found;
    }

    private static List<Diagnosis> containers() {
        try {
            return RuntimeUse.ofDocker().map(Surroundings::of).orElse(List.of());
        } catch (IOException e) {
            return List.of(new Diagnosis(
                    Level.WARNING, CONTAINERS, "docker does not list its containers: " + e.getMessage(), "docker ps"));
        }
    }

    /** Returns what is found about docker's containers. */
    static List<Diagnosis> of(RuntimeUse use) {
        List<String> outside = use.outside();
        if (outside.isEmpty()) {
            return List.of(new Diagnosis(
                    Level.OK,
                    CONTAINERS,
                    "all " + use.containers() + " of docker have the runtime `" + use.runtime() + "`",
                    ""));
        }
        String names = outside.stream().limit(NAMED).collect(Collectors.joining(", "));
        return List.of(new Diagnosis(
                Level.WARNING,
                CONTAINERS,
                outside.size() + " of docker's " + use.containers() + " were created with another runtime than `"
                        + use.runtime() + "`, which puts no policy on them: " + names
                        + (outside.size() > NAMED ? ", …" : ""),
                "create them again; a restart keeps their runtime"));
    }
}
