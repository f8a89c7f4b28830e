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
        out.print(ObjectPrinter.print(read()));
        out.flush();
        return ExitCode.DONE;
    }

    private BpfObject read() {
        if (object.toString().endsWith(".wall")) {
            throw new InputException(
                    "`" + object + "` is a policy, but dump reads objects",
                    "to see what it compiles to: ringwallc explain " + object);
        }
        try {
            return ObjectReader.read(Files.readAllBytes(object));
        } catch (ObjectFormatException e) {
            throw new InputException(
                    "`" + object + "`: " + e.getMessage(), "name an object made by ringwallc or clang");
        } catch (IOException e) {
            throw InputException.of("read", object, e, "name an object file, such as agent.o");
        }
    }
}
