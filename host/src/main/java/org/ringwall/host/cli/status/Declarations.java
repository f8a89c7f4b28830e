// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.status;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.sync.Result;
import org.ringwall.host.sync.Sync;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Diagnosis;
import org.ringwall.loader.model.Diagnosis.Level;
import org.ringwall.loader.model.Failure;

/** An examination of the policies that files declare for this host. It changes nothing. */
final class Declarations {
    private static final String DECLARED = "declared policies";

    private final LoaderHost host;
    private final Session session;
    private final Path folder;

    /**
     * Creates an examination.
     *
     * @param folder the directory of declarations
     */
    Declarations(LoaderHost host, Session session, Path folder) {
        this.host = host;
        this.session = session;
        this.folder = folder;
    }

    List<Diagnosis> examine() {
        return seen(DECLARED, this::declared);
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
        List<Diagnosis> found = new ArrayList<>();
        try (Sync sync = new Sync(host, folder, () -> session.admission(false))) {
            sync.settlesAfter(Duration.ZERO);
            results = sync.glance();
            if (sync.leftOut()) {
                found.add(new Diagnosis(
                        Level.WARNING,
                        DECLARED,
                        "a declaration is being written, and is not compared",
                        "try again when it is complete"));
            }
        }
        int bad = 0;
        for (Result each : results) {
            Optional<Failure> failure = each.failures().stream().findFirst();
            if (failure.isPresent()
                    || each.state() == Result.State.DIFFERENT
                    || each.state() == Result.State.TOO_MANY) {
                bad++;
                found.add(new Diagnosis(
                        each.required() ? Level.PROBLEM : Level.WARNING,
                        each.name().map(Object::toString).orElse(DECLARED),
                        "declared in " + each.file() + ", and not in force as declared: "
                                + failure.map(Failure::message).orElse(String.join("; ", each.differences())),
                        failure.map(Failure::help).orElse("ringwall sync puts it in force")));
            }
        }
        long good = results.size() - bad;
        if (good > 0) {
            found.add(
                    new Diagnosis(Level.OK, DECLARED, good + (found.isEmpty() ? "" : " others") + " as declared", ""));
        }
        return found;
    }
}
