// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.bpf.object.PartialReader;
import org.ringwall.compiler.pipeline.ObjectPrinter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "dump",
        description = "print the programs, data and metadata of any BPF object",
        mixinStandardHelpOptions = true)
final class DumpCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "OBJ.o", description = "the object")
    private Path object = Path.of("");

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.print(text());
        out.flush();
        return ExitCode.DONE;
    }

    private String text() {
        if (object.toString().endsWith(".wall")) {
            throw new InputException(
                    "`" + object + "` is a policy, but dump reads objects",
                    "to see what it compiles to: ringwallc explain " + object);
        }
        try {
            return text(Files.readAllBytes(object));
        } catch (ObjectFormatException e) {
            throw new InputException("`" + object + "`: " + e.getMessage(), "name an object that a compiler wrote");
        } catch (IOException e) {
            throw InputException.of("read", object, e, "name an object file, such as agent.o");
        }
    }

    /** Returns the object as a loader sees it, or else as much of it as can be read. */
    private static String text(byte[] file) throws ObjectFormatException {
        String refused = "";
        try {
            BpfObject whole = ObjectReader.read(file);
            if (!whole.programs().isEmpty()) {
                return ObjectPrinter.print(whole);
            }
        } catch (ObjectFormatException e) {
            refused = "ringwall cannot load it: " + e.getMessage() + "\n";
        }
        String text = ObjectPrinter.print(PartialReader.read(file)) + refused;
        // Names in an object may contain any characters.
        return text.replaceAll("[\\p{Cntrl}&&[^\n\t]]", "\uFFFD");
    }
}
