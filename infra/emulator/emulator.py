"""An emulator of AWS on 127.0.0.1:PORT: moto's server, mended where a deployment needs it.

Its CloudFormation creates what moto has; of other resource types it keeps a record with id and attributes. Code of
functions is not run. `GET /emulator/resources` lists everything there is, by type.
"""

import json
import sys
import uuid

from moto.awslambda.utils import get_backend as functions_of
from moto.backends import get_backend
from moto.cloudformation import models as cloudformation
from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel
from moto.core.config import default_user_config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

ACCOUNT = "123456789012"

# Functions are described, not run: that would take Docker.
default_user_config["lambda"]["use_docker"] = False

# Of cfn-lint's findings only errors make a template invalid, as they do in AWS.
lint = cloudformation.validate_template_cfn_lint
cloudformation.validate_template_cfn_lint = lambda template: [
    finding for finding in lint(template) if finding.rule.id.startswith("E")
]

recorded = {}


def record_of(resource_type):
    """Makes a model that only records resources of a type that moto does not know."""

    class Record(CloudFormationModel):
        __module__ = "moto.recorded.models"  # moto reads the service's name in it

        def __init__(self, name, properties):
            self.physical_resource_id = name
            self.properties = properties
            recorded[name] = resource_type

        @staticmethod
        def cloudformation_name_type():
            return ""

        @staticmethod
        def cloudformation_type():
            return resource_type

        @classmethod
        def has_cfn_attr(cls, attr):
            return True

        def get_cfn_attribute(self, attribute_name):
            return f"{self.physical_resource_id}.{attribute_name}"

        @classmethod
        def create_from_cloudformation_json(cls, name, resource, account_id, region_name, **kwargs):
            return cls(f"{kwargs['LogicalId']}-{uuid.uuid4().hex[:8]}", resource.get("Properties", {}))

        @classmethod
        def update_from_cloudformation_json(
            cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
        ):
            original_resource.properties = cloudformation_json.get("Properties", {})
            return original_resource

        @classmethod
        def delete_from_cloudformation_json(cls, resource_name, resource, account_id, region_name):
            del recorded[resource_name]

        def is_created(self):
            return True

    return Record


known_class = parsing.resource_class_from_type
records = {}


def resource_class_from_type(resource_type):
    if resource_type in parsing.get_model_map() or resource_type.startswith("Custom::"):
        return known_class(resource_type)
    return records.setdefault(resource_type, record_of(resource_type))


parsing.resource_class_from_type = resource_class_from_type

# Outputs are those of the template that was executed, not of the change set's beginning.
execute = cloudformation.CloudFormationBackend.execute_change_set


def execute_change_set(self, change_set_name, stack_name=None):
    execute(self, change_set_name, stack_name)
    for stack in self.stacks.values():
        template = stack.resource_map._template
        stack.output_map = parsing.OutputMap(stack.resource_map, template, stack.stack_id)


cloudformation.CloudFormationBackend.execute_change_set = execute_change_set


def resources(region):
    """Lists the names of what there is, by type."""

    def of(service, where=region):
        return get_backend(service)[ACCOUNT][where]

    stacks = of("cloudformation").stacks.values()
    found = {
        "AWS::CloudFormation::Stack": [stack.name for stack in stacks],
        "AWS::DynamoDB::Table": list(of("dynamodb").tables),
        "AWS::Events::Rule": [
            name for bus in of("events").event_buses.values() for name in bus.rules
        ],
        "AWS::IAM::Role": [role.name for role in of("iam", "aws").roles.values()],
        "AWS::Lambda::Function": [it.function_name for it in functions_of(ACCOUNT, region).list_functions()],
        "AWS::Logs::LogGroup": list(of("logs").groups),
        "AWS::S3::Bucket": list(of("s3", "aws").buckets),
    }
    for name, resource_type in recorded.items():
        found.setdefault(resource_type, []).append(name)
    return {resource_type: sorted(names) for resource_type, names in found.items() if names}


emulator = DomainDispatcherApplication(create_backend_app)


def application(environ, start_response):
    if environ["PATH_INFO"] != "/emulator/resources":
        return emulator(environ, start_response)
    body = json.dumps(resources(sys.argv[2])).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


run_simple("127.0.0.1", int(sys.argv[1]), application, threaded=True)
