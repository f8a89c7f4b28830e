// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import org.ringwall.bench.compile.CompilerProcess;
import org.ringwall.bench.rules.RuleList;
import org.ringwall.bpf.object.Bytes;

/** The contestant Ringwall: the compiled policy text. */
public final class Ringwall implements Contestant {
    /** Its title, which identifies the reference of all comparisons. */
    public static final String TITLE = "ringwall";

    @Override
    public String title() {
        return TITLE;
    }

    @Override
    public boolean ours() {
        return true;
    }

    @Override
    public Image make(RuleList rules, Workshop shop) throws Refusal {
        return make(rules.policy(), shop);
    }

    /** Builds the image of any policy. */
    public static Image make(String policy, Workshop shop) throws Refusal {
        Path object = shop.file("policy.o");
        CompilerProcess.Answer answer = shop.compiler().compile(shop.write("policy.wall", policy), object);
        if (answer.failure().isPresent()) {
            throw new Refusal("no compile", answer.failure().get());
        }
        try {
            return new Image.Policy(Bytes.of(Files.readAllBytes(object)), OptionalDouble.of(answer.ms()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
