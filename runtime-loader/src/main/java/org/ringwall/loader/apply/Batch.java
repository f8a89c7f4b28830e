// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.LoaderException;

/**
 * Several policies that one command applies, one after the other. All of them are loaded and
 * checked before the first one is attached, so a failure after that is one that the kernel or a
 * concurrent change causes.
 */
public final class Batch {
    private final Applier applier;
    private final List<Item> items;

    /**
     * Creates a batch.
     *
     * @throws InputException if two objects are versions of one instance
     */
    public Batch(Applier applier, List<Item> items) {
        this.applier = applier;
        this.items = List.copyOf(items);
        Map<InstanceName, String> seen = new HashMap<>();
        for (Item item : items) {
            Optional<String> before =
                    Optional.ofNullable(seen.put(item.request().name(), item.object()));
            if (before.isPresent()) {
                throw new InputException(
                        "`" + before.get() + "` and `" + item.object() + "` are both `"
                                + item.request().name() + "`",
                        "apply one of them by a command of its own, with another --instance");
            }
        }
    }

    /**
     * A policy of the batch.
     *
     * @param object the name of its object, for messages
     */
    public record Item(String object, ApplyRequest request) {}

    /** Loads and checks all policies without changing anything. Returns their results. */
    public List<ApplyResult> check() {
        List<ApplyResult> results = new ArrayList<>();
        for (Item item : items) {
            try {
                results.add(applier.check(item.request()));
            } catch (RuntimeException e) {
                throw named(item, "; nothing was changed", e);
            }
        }
        return results;
    }

    /**
     * Checks all policies, then applies them. A failure leaves those before it in force, and the
     * others as they were.
     *
     * @param done receives each result as soon as the policy is in force
     */
    public void apply(Consumer<ApplyResult> done) {
        check();
        List<InstanceName> inForce = new ArrayList<>();
        for (Item item : items) {
            ApplyResult result;
            try {
                result = applier.apply(item.request());
            } catch (RuntimeException e) {
                throw named(item, changed(inForce), e);
            }
            inForce.add(result.name());
            done.accept(result);
        }
    }

    private static String changed(List<InstanceName> inForce) {
        return inForce.isEmpty()
                ? "; nothing was changed"
                : "; put in force before it: "
                        + inForce.stream().map(name -> "`" + name + "`").collect(Collectors.joining(", "));
    }

    private static RuntimeException named(Item item, String changed, RuntimeException e) {
        return Failure.of(e)
                .<RuntimeException>map(failure -> new LoaderException(
                        new Failure(
                                failure.kind(),
                                "`" + item.object() + "`: " + failure.message() + changed,
                                failure.help()),
                        e))
                .orElse(e);
    }
}
