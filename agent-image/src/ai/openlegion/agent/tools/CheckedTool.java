package ai.openlegion.agent.tools;

import ai.openlegion.agent.files.Refused;
import ai.openlegion.agent.json.Members;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A tool whose arguments are checked by what it says of them, before it does anything.
record CheckedTool(String name, String description, List<Parameter> takes, Duration limit, Work work)
        implements Tool {

    /// What it does with arguments that are right.
    @FunctionalInterface
    interface Work {
        Object with(ToolContext context, Members arguments) throws IOException, InterruptedException, WrongArgument;
    }

    CheckedTool(String name, String description, List<Parameter> takes, Work work) {
        this(name, description, takes, Duration.ofSeconds(60), work);
    }

    @Override
    public Map<String, Object> parameters() {
        Map<String, Object> properties = new LinkedHashMap<>();
        takes.forEach(parameter -> properties.put(parameter.name(), parameter.schema()));
        return Tool.schema(
                properties,
                takes.stream().filter(Parameter::required).map(Parameter::name).toList());
    }

    @Override
    public Object call(ToolContext context, Map<String, Object> arguments) throws IOException, InterruptedException {
        try {
            return work.with(context, Parameter.check(takes, arguments));
        } catch (WrongArgument wrong) {
            return Tool.error(String.valueOf(wrong.getMessage()));
        } catch (Refused refused) {
            return Tool.error(String.valueOf(refused.getMessage()));
        } catch (NoSuchFileException absent) {
            return Tool.error("there is no " + absent.getFile());
        } catch (FileSystemException failed) {
            return Tool.error("the file system refused" + (failed.getReason() == null ? "" : ": " + failed.getReason()));
        }
    }
}
