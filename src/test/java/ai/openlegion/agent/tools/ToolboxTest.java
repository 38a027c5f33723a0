package ai.openlegion.agent.tools;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.agent.json.Json;
import ai.openlegion.agent.json.JsonException;
import ai.openlegion.agent.mesh.Mesh;
import ai.openlegion.agent.self.Arrivals;
import ai.openlegion.agent.self.Settings;
import ai.openlegion.agent.self.Time;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(60)
class ToolboxTest {

    private static final String NONE = "no error: ";
    private static final String TOKEN = "token-of-the-agent";

    @TempDir
    Path temporary;

    private final List<String> asked = new ArrayList<>();
    private String answer = "{\"fine\":true}";
    private int status = 200;
    private HttpServer server;
    private Mesh mesh;
    private Toolbox toolbox;
    private ToolContext context;

    @BeforeEach
    void opens_the_box() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::serve);
        server.start();
        var address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        var settings = new Settings(
                "writer",
                "author",
                address,
                TOKEN,
                "inbound",
                "demo/small",
                "",
                0,
                "127.0.0.1",
                temporary.resolve("data"),
                128_000);
        Time time = Time.of(InstantSource.fixed(Instant.parse("2026-11-22T10:00:00Z")));
        mesh = new Mesh(address, TOKEN);
        toolbox = Toolbox.open(settings, time);
        context = new ToolContext(
                settings,
                mesh,
                time,
                Arrivals.open(temporary.resolve("data/inbox")),
                120_000,
                () -> Map.of("agent_id", "writer", "state", "idle"));
    }

    @AfterEach
    void closes_it() {
        mesh.close();
        server.stop(0);
    }

    @Test
    void all_tools_of_the_protocol_are_there() {
        assertThat(toolbox.tools())
                .extracting(Tool::name)
                .containsExactlyInAnyOrder(
                        "run_command",
                        "read_file",
                        "write_file",
                        "list_files",
                        "http_request",
                        "read_blackboard",
                        "write_blackboard",
                        "list_blackboard",
                        "claim_task",
                        "watch_blackboard",
                        "publish_event",
                        "subscribe_event",
                        "send_message",
                        "check_inbox",
                        "list_agents",
                        "run_workflow",
                        "memory_save",
                        "memory_search",
                        "save_artifact",
                        "set_cron",
                        "list_cron",
                        "remove_cron",
                        "spawn_agent",
                        "get_status");
        assertThat(toolbox.tools()).allSatisfy(tool -> {
            assertThat(tool.description()).isNotBlank();
            assertThat(Json.write(tool.parameters())).startsWith("{");
        });
    }

    @Test
    void every_tool_answers_wrong_arguments_with_an_error_and_does_nothing() throws Exception {
        for (Tool tool : toolbox.tools()) {
            assertThat(error(tool.call(context, Map.of("no_such", 1))))
                    .as(tool.name())
                    .containsAnyOf("no_such", "is missing");
            if (tool.parameters().get("properties") instanceof Map<?, ?> properties) {
                for (Object name : properties.keySet()) {
                    Map<String, Object> arguments = Map.of(String.valueOf(name), List.of(List.of()));
                    assertThat(error(tool.call(context, arguments)))
                            .as(tool.name())
                            .doesNotStartWith(NONE);
                }
            }
            if (tool.parameters().get("required") instanceof List<?> required && !required.isEmpty()) {
                assertThat(error(tool.call(context, Map.of()))).as(tool.name()).contains("is missing");
                assertThat(error(tool.call(context, Map.of(String.valueOf(required.getFirst()), Json.NULL))))
                        .as(tool.name())
                        .contains("is missing");
            }
        }
        assertThat(asked).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "run_command|{'command':'true','timeout':301}|timeout must be a whole number from 1 to 300",
                "run_command|{'command':'true','timeout':0}|timeout must be",
                "run_command|{'command':'true','timeout':1.5}|timeout must be",
                "run_command|{'command':'true','timeout':'30'}|timeout must be",
                "run_command|{'command':''}|command must be",
                "run_command|{'command':'a\\u0000b'}|NUL",
                "run_command|{'command':'true','workdir':'/'}|absolute",
                "run_command|{'command':'true','workdir':'..'}|..",
                "run_command|{'command':'true','workdir':'none'}|there is no none",
                "read_file|{'path':'../x'}|..",
                "read_file|{'path':'none'}|there is no none",
                "read_file|{'path':'x','offset':0}|offset must be",
                "write_file|{'path':'/etc/x','content':''}|absolute",
                "list_files|{'path':'a\\u0000'}|NUL",
                "save_artifact|{'name':'/etc/x','content':''}|absolute",
                "save_artifact|{'name':'../memory/facts.jsonl','content':''}|..",
                "http_request|{'service':'http://169.254.169.254/x'}|name of one",
                "http_request|{'service':'..'}|name of one",
                "http_request|{'service':'s','path':'a/../b'}|..",
                "http_request|{'service':'s','path':'a//b'}|empty part",
                "http_request|{'service':'s','method':'CONNECT'}|method must be",
                "http_request|{'service':'s','headers':{'Authorization':'x'}}|not for a tool",
                "http_request|{'service':'s','headers':{'Content-Length':'5'}}|not for a tool",
                "http_request|{'service':'s','headers':{'a':'b\\r\\nc: d'}}|printable",
                "http_request|{'service':'s','headers':{'a b':'c'}}|printable",
                "http_request|{'service':'s','body':'x','json':{}}|only one",
                "read_blackboard|{'key':'a/../b'}|no ..",
                "write_blackboard|{'key':'a','value':[1]}|value must be an object",
                "write_blackboard|{'key':'a','value':'text'}|value must be an object",
                "write_blackboard|{'key':'a//b','value':{}}|no empty part",
                "claim_task|{'key':'a','value':{},'expected_version':-1}|expected_version must be",
                "send_message|{'to':'a'}|one of message and payload",
                "set_cron|{'schedule':'every 1m'}|exactly one of",
                "set_cron|{'schedule':'every 1m','message':'m','workflow':'w'}|exactly one of",
                "memory_search|{'query':'x','max_results':51}|max_results must be"
            })
    void an_argument_that_is_wrong_is_named(String tool, String arguments, String says) throws Exception {
        assertThat(error(call(tool, arguments))).contains(says);
        assertThat(asked).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "read_blackboard|{'key':'tasks/ü b?'}|GET /mesh/blackboard/tasks/%C3%BC%20b%3F ",
                "write_blackboard|{'key':'a/b','value':{'n':1},'ttl':60}|PUT /mesh/blackboard/a/b?ttl=60 {'n':1}",
                "write_blackboard|{'key':'a','value':'{\"n\":1}'}|PUT /mesh/blackboard/a {'n':1}",
                "list_blackboard|{}|GET /mesh/blackboard/?limit=50 ",
                "list_blackboard|{'prefix':'a&b','limit':3,'after':'x'}|GET /mesh/blackboard/?limit=3&prefix=a%26b&after=x ",
                "claim_task|{'key':'a','value':{}}|POST /mesh/blackboard/claim {'key':'a','value':{},'expected_version':0}",
                "watch_blackboard|{'pattern':'a/*'}|POST /mesh/blackboard/watch {'pattern':'a/*'}",
                "publish_event|{'topic':'t','payload':{'a':null}}|POST /mesh/publish {'topic':'t','payload':{'a':null}}",
                "subscribe_event|{'topic':'a b'}|POST /mesh/subscribe?topic=a%20b ",
                "send_message|{'to':'a','message':'m'}|POST /mesh/message {'to':'a','type':'message','payload':{'text':'m'}}",
                "list_agents|{}|GET /mesh/agents ",
                "run_workflow|{'name':'w','input':{'x':1}}|POST /mesh/workflows/w/runs {'input':{'x':1}}",
                "spawn_agent|{'role':'r','ttl':60}|POST /mesh/spawn {'role':'r','ttl':60}",
                "set_cron|{'schedule':'every 30m','message':'m'}|POST /mesh/cron {'schedule':'every 30m','message':'m'}",
                "list_cron|{}|GET /mesh/cron ",
                "remove_cron|{'job_id':'../x'}|DELETE /mesh/cron/..%2Fx ",
                "http_request|{'service':'s','path':'/v1/a b?q=1%202'}|GET /mesh/service/s/v1/a%20b?q=1%202 ",
                "http_request|{'service':'s','method':'post','json':{'a':1}}|POST /mesh/service/s/ {'a':1}",
                "http_request|{'service':'s','method':'PUT','body':'plain'}|PUT /mesh/service/s/ plain"
            })
    void a_tool_of_the_mesh_asks_its_route_with_the_agents_token(String tool, String arguments, String request)
            throws Exception {
        Object result = call(tool, arguments);
        assertThat(asked).containsExactly("Bearer " + TOKEN + " " + request.replace('\'', '"'));
        assertThat(Json.write(result)).contains("fine").doesNotContain("\"error\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"list_agents", "list_cron", "list_blackboard"})
    void a_refusal_of_the_mesh_is_an_error_in_its_own_words(String tool) throws Exception {
        status = 403;
        answer = "{\"detail\":\"Agent writer may not\"}";
        assertThat(call(tool, "{}")).isEqualTo(Map.of("error", "Agent writer may not", "status", 403));
    }

    @Test
    void an_answer_without_a_body_is_a_result_too() throws Exception {
        status = 204;
        answer = "";
        assertThat(call("remove_cron", "{'job_id':'cron_1'}")).isEqualTo(Map.of("done", true));
    }

    @Test
    void the_answer_of_a_service_is_cut_off_at_its_limit() throws Exception {
        status = 418;
        answer = "x".repeat(200_000);
        Map<?, ?> result = (Map<?, ?>) call("http_request", "{'service':'s'}");
        assertThat(result.get("status")).isEqualTo(418);
        assertThat(String.valueOf(result.get("body"))).hasSize(100_000);
        assertThat(result.get("truncated")).isEqualTo(true);
    }

    @Test
    void an_answer_of_the_mesh_that_would_fill_the_heap_is_not_read() throws Exception {
        answer = "[" + "{},".repeat(400_000) + "{}]";
        assertThat(error(call("list_blackboard", "{}"))).contains("too large to show");
    }

    @Test
    void files_are_written_read_by_lines_and_listed() throws Exception {
        var _ = call("write_file", "{'path':'notes/a.txt','content':'one\\ntwo\\n'}");
        var _ = call("write_file", "{'path':'notes/a.txt','content':'three\\n','append':true}");
        assertThat(call("read_file", "{'path':'notes/a.txt'}")).isEqualTo(Map.of("content", "one\ntwo\nthree\n"));
        assertThat(call("read_file", "{'path':'notes/a.txt','offset':2,'limit':1}"))
                .isEqualTo(Map.of("content", "two\n", "truncated", true, "next_line", 3L));
        assertThat(call("read_file", "{'path':'notes/a.txt','offset':9}")).isEqualTo(Map.of("content", ""));
        assertThat(Json.write(call("list_files", "{'path':'notes'}")))
                .contains("{\"path\":\"a.txt\",\"type\":\"file\",\"size\":14}");
        assertThat(call("save_artifact", "{'name':'report.md','content':'# ü'}"))
                .isEqualTo(Map.of("saved", true, "path", "artifacts/report.md", "size", 4));
        assertThat(temporary.resolve("data/artifacts/report.md")).hasContent("# ü");
    }

    @Test
    void a_file_larger_than_may_be_read_is_read_in_parts() throws Exception {
        Path file = temporary.resolve("data/large");
        var _ = Files.writeString(file, "0123456789\n".repeat(100_000));
        Map<?, ?> first = (Map<?, ?>) call("read_file", "{'path':'large'}");
        String content = String.valueOf(first.get("content"));
        assertThat(content).hasSizeBetween(50_000, 60_000).endsWith("0123456789\n");
        assertThat(first.get("next_line")).isEqualTo(content.length() / 11 + 1L);
        assertThat(Json.write(first)).hasSizeLessThan(context.room());
        Map<?, ?> later = (Map<?, ?>) call("read_file", "{'path':'large','offset':99999}");
        assertThat(later.get("content")).isEqualTo("0123456789\n0123456789\n");
    }

    @Test
    void a_line_that_fits_in_no_result_is_passed_over_with_its_beginning() throws Exception {
        var _ = Files.writeString(temporary.resolve("data/long"), "x".repeat(300_000) + "\nnext\n");
        Map<?, ?> first = (Map<?, ?>) call("read_file", "{'path':'long'}");
        assertThat(String.valueOf(first.get("content"))).startsWith("xxx").hasSizeGreaterThan(50_000);
        assertThat(first.get("next_line")).isEqualTo(2L);
        Map<?, ?> second = (Map<?, ?>) call("read_file", "{'path':'long','offset':2}");
        assertThat(second.get("content")).isEqualTo("next\n");
    }

    @Test
    void a_command_runs_in_the_data_folder_and_sees_no_token() throws Exception {
        Map<?, ?> result = (Map<?, ?>) call("run_command", "{'command':'pwd; env; echo oops >&2; exit 3'}");
        assertThat(result.get("exit_code")).isEqualTo(3);
        assertThat(result.get("stderr")).isEqualTo("oops\n");
        assertThat(String.valueOf(result.get("stdout")))
                .startsWith(temporary.resolve("data").toRealPath() + "\n")
                .contains("AGENT_ID=writer\n")
                .doesNotContain("TOKEN", TOKEN, "JAVA_HOME", "KEY");
    }

    @Test
    void a_command_that_takes_too_long_says_so() throws Exception {
        Map<?, ?> result = (Map<?, ?>) call("run_command", "{'command':'echo begun; sleep 60','timeout':1}");
        assertThat(result.get("exit_code")).isEqualTo(-1);
        assertThat(result.get("stdout")).isEqualTo("begun\n");
        assertThat(String.valueOf(result.get("error"))).contains("1 s");
    }

    @Test
    void what_is_remembered_is_found_by_a_new_agent_on_the_same_data() throws Exception {
        var _ = call("memory_save", "{'content':'the door code is 4711','key':'door'}");
        Toolbox after = Toolbox.open(context.settings(), context.time());
        Tool search = after.tools().stream()
                .filter(tool -> tool.name().equals("memory_search"))
                .findFirst()
                .orElseThrow();
        assertThat(after.remembered(1_000)).isEqualTo("- door: the door code is 4711\n");
        assertThat(after.remembered(10)).isEmpty();
        assertThat(Json.write(search.call(context, Map.of("query", "door code"))))
                .contains("the door code is 4711", "\"key\":\"door\"", "2026-11-22T10:00:00Z");
    }

    @Test
    void the_inbox_is_taken_oldest_first_and_once() throws Exception {
        context.arrivals().add(Map.of("type", "first"));
        context.arrivals().add(Map.of("type", "second"));
        assertThat(call("check_inbox", "{'limit':1}")).isEqualTo(Map.of("items", List.of(Map.of("type", "first"))));
        assertThat(call("check_inbox", "{}")).isEqualTo(Map.of("items", List.of(Map.of("type", "second"))));
        assertThat(call("check_inbox", "{}")).isEqualTo(Map.of("items", List.of()));
    }

    @Test
    void no_more_is_taken_from_the_inbox_than_fits_in_a_result() throws Exception {
        for (int i = 0; i < 10; i++) {
            context.arrivals().add(Map.of("n", i, "text", "x".repeat(30_000)));
        }
        for (long from : List.of(0L, 3L, 6L, 9L)) {
            Object taken = call("check_inbox", "{'limit':100}");
            assertThat(Json.write(taken)).hasSizeLessThan(context.room());
            assertThat(Json.write(taken)).containsPattern("\"n\":" + from + "[,}]");
        }
        assertThat(call("check_inbox", "{}")).isEqualTo(Map.of("items", List.of()));
    }

    @Test
    void the_status_is_the_agents_own() throws Exception {
        assertThat(call("get_status", "{}")).isEqualTo(Map.of("agent_id", "writer", "state", "idle"));
    }

    private Object call(String name, String arguments) throws IOException, InterruptedException, JsonException {
        Tool tool = toolbox.tools().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
        return tool.call(context, Json.object(arguments.replace("\"", "\\\"").replace('\'', '"')));
    }

    private static String error(Object result) {
        return result instanceof Map<?, ?> map && map.get("error") instanceof String error ? error : NONE + result;
    }

    private void serve(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        asked.add((exchange.getRequestHeaders().getFirst("Authorization") + " " + exchange.getRequestMethod() + " "
                        + exchange.getRequestURI() + " " + body)
                .strip());
        byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
