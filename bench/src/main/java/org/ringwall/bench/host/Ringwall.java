// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.host;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.TimedCommand;
import org.ringwall.bench.Usage;

/** The command of one checkout, a contestant. */
record Ringwall(String title, Checkout checkout) {
    /** Returns a command of this checkout. */
    List<String> words(String... arguments) {
        List<String> words =
                new ArrayList<>(List.of(checkout.file("bin/ringwall").toString()));
        words.addAll(Arrays.asList(arguments));
        return words;
    }

    /** Runs a command, and returns what it used. */
    Usage run(String... arguments) {
        return Usage.of(words(arguments));
    }

    /** Compiles a policy to an object beside its text. */
    Path compiled(Path text) {
        Path object = Path.of(text + ".o");
        TimedCommand.run(List.of(
                checkout.file("bin/ringwallc").toString(), "compile", text.toString(), "-o", object.toString()));
        return object;
    }
}
