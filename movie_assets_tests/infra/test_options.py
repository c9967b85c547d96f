"""The stack with what is not there by default."""

import json

from movie_assets_tests.support.ministack import REGION, Ministack
from movie_assets_tests.support.stack import ACCOUNT, deploy


def test_a_cluster_is_logged_in_to_by_the_role(aws: Ministack) -> None:
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/lake"
    stack = deploy(aws, "cluster", Redshift="existing-cluster", RedshiftName="films", LakeKeyArn=key)
    assert stack.policy()["ClusterLogin"]["Resource"] == [
        f"arn:aws:redshift:{REGION}:{ACCOUNT}:dbuser:films/movies_loader",
        f"arn:aws:redshift:{REGION}:{ACCOUNT}:dbname:films/movies",
    ]
    assert "WarehousePassword" not in stack.policy()
    assert stack.policy()["LakeKey"]["Resource"] == key
    assert (stack.settings["MOVIES_S3_KMS_KEY"], stack.settings["MOVIES_S3_ENCRYPTION"]) == (key, "aws:kms")
    assert (stack.settings["MOVIES_REDSHIFT_CLUSTER"], stack.settings["MOVIES_REDSHIFT_USER"]) == (
        "films",
        "movies_loader",
    )


def test_a_workgroup_is_logged_in_to_with_a_secret_or_by_the_role(aws: Ministack) -> None:
    workgroup = f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:workgroup/films"
    existing = {"Redshift": "existing-workgroup", "RedshiftWorkgroupArn": workgroup}
    by_role = deploy(aws, "role", **existing)
    assert by_role.policy()["ServerlessLogin"]["Resource"] == workgroup
    assert "WarehousePassword" not in by_role.policy()
    by_secret = deploy(aws, "secret", DatabaseSecret="yes", **existing)
    assert "ServerlessLogin" not in by_secret.policy()
    stored = aws.client("secretsmanager").get_secret_value(SecretId=by_secret.settings["MOVIES_REDSHIFT_SECRET"])
    login = json.loads(stored["SecretString"])
    assert login["username"] == "movies_loader"
    assert len(login["password"]) == 40


def test_endpoints_keep_the_pipeline_off_the_internet(aws: Ministack) -> None:
    ec2 = aws.client("ec2")
    network = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=network, CidrBlock="10.1.1.0/24")["Subnet"]["SubnetId"]
    routes = ec2.create_route_table(VpcId=network)["RouteTable"]["RouteTableId"]
    stack = deploy(aws, "inside", VpcEndpoints="yes", VpcId=network, SubnetIds=subnet, RouteTableIds=routes)
    found = ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [network]}])["VpcEndpoints"]
    kinds = {endpoint["ServiceName"].split(".", 3)[-1]: endpoint["VpcEndpointType"] for endpoint in found}
    assert kinds.pop("s3") == "Gateway"
    assert kinds == dict.fromkeys(
        ["sts", "events", "sns", "monitoring", "glue", "athena", "secretsmanager", "redshift-serverless"], "Interface"
    )
    groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [network]}])["SecurityGroups"]
    (endpoints,) = [group for group in groups if "EndpointSecurityGroup" in group["GroupName"]]
    (ingress,) = endpoints["IpPermissions"]
    assert (ingress["FromPort"], ingress["ToPort"]) == (443, 443)
    assert [pair["GroupId"] for pair in ingress["UserIdGroupPairs"]] == [stack.outputs["SecurityGroup"]]
    assert not ingress.get("IpRanges")


def test_the_lake_outlives_the_stack(aws: Ministack) -> None:
    stack = deploy(aws, "gone")
    aws.client("cloudformation").delete_stack(StackName="gone")
    aws.client("cloudformation").get_waiter("stack_delete_complete").wait(StackName="gone", WaiterConfig={"Delay": 0.1})
    buckets = {bucket["Name"] for bucket in aws.client("s3").list_buckets()["Buckets"]}
    assert stack.lake in buckets
    assert stack.outputs["LogsBucket"] not in buckets
